using System.Buffers;

namespace Millrace.Ledger;

/// <summary>
/// Frames single records with their positions and cuts them into envelopes of the target size. A cut never falls between two outputs of
/// one position: a position is applied whole or not at all, whatever the batch it was sent in.
/// </summary>
internal sealed class RecordPayloadWriter(ChannelSender sender, ICollection<Envelope> output)
{
    private readonly ArrayBufferWriter<byte> _buffer = new();
    private readonly ArrayBufferWriter<byte> _group = new();
    private long _from = -1;
    private long _to = -1;
    private long _position = -1;

    /// <summary>Adds a record. Positions never go down.</summary>
    public void Add(long position, ReadOnlySpan<byte> record)
    {
        if (position != _position)
        {
            if (position < _position)
            {
                throw new ArgumentException(
                    $"Channel {sender.Channel}: position {position} comes after {_position}; add records in order.",
                    nameof(position)
                );
            }

            CloseGroup();
            _position = position;
        }

        WireWriter writer = new(_group);
        writer.Signed(position);
        writer.Bytes(record);
    }

    /// <summary>Sends what is left, with the watermark after the batch, and returns the channel's last position.</summary>
    public long Complete(long watermark)
    {
        CloseGroup();
        Cut(watermark);
        return sender.Previous;
    }

    private void CloseGroup()
    {
        if (_group.WrittenCount == 0)
        {
            return;
        }

        // Only the batch's last envelope tells the batch's watermark; more records may follow the others.
        if (_buffer.WrittenCount + _group.WrittenCount > EnvelopeLimits.TargetPayloadBytes)
        {
            Cut(watermark: long.MinValue);
        }

        if (_buffer.WrittenCount == 0)
        {
            _from = _position;
        }

        _buffer.Write(_group.WrittenSpan);
        _to = _position;
        _group.ResetWrittenCount();
    }

    private void Cut(long watermark)
    {
        if (_buffer.WrittenCount > 0)
        {
            sender.Send(PayloadKind.Records, _from, _to, _buffer.WrittenSpan.ToArray(), watermark, output);
            _buffer.ResetWrittenCount();
        }
    }
}

/// <summary>Reads the records that <see cref="RecordPayloadWriter"/> framed, without those at or below a position.</summary>
internal struct RecordPayloadReader(ReadOnlyMemory<byte> payload, long after)
{
    private WireReader _reader = new(payload, "Record payload");

    public bool TryRead(out long position, out ReadOnlyMemory<byte> record)
    {
        while (_reader.Remaining > 0)
        {
            position = _reader.Signed();
            record = _reader.Bytes();
            if (position > after)
            {
                return true;
            }
        }

        (position, record) = (-1, default);
        return false;
    }
}
