using Millrace.Serialization;

namespace Millrace.Durable.Protocol;

/// <summary>
/// Frames single records with their positions and cuts them into envelopes of the target size. A cut never falls between two outputs of
/// one position: a position is applied whole or not at all, whatever the batch it was sent in.
/// </summary>
internal sealed class RecordPayloadWriter(ChannelSender sender, ICollection<Envelope> output)
{
    private readonly DataWriter _buffer = new();
    private readonly DataWriter _group = new();
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

        _group.WriteVarInt64(position);
        _group.WriteBytes(record);
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
        if (_group.Length == 0)
        {
            return;
        }

        // Only the batch's last envelope tells the batch's watermark; more records may follow the others.
        if (_buffer.Length + _group.Length > EnvelopeLimits.TargetPayloadBytes)
        {
            Cut(watermark: long.MinValue);
        }

        if (_buffer.Length == 0)
        {
            _from = _position;
        }

        _buffer.WriteRaw(_group.WrittenSpan);
        _to = _position;
        _group.Clear();
    }

    private void Cut(long watermark)
    {
        if (_buffer.Length > 0)
        {
            sender.Send(PayloadKind.Records, _from, _to, _buffer.ToArray(), watermark, output);
            _buffer.Clear();
        }
    }
}

/// <summary>Reads the records that <see cref="RecordPayloadWriter"/> framed, without those at or below a position.</summary>
internal ref struct RecordPayloadReader(ReadOnlyMemory<byte> payload, long after)
{
    private DataReader _reader = new(payload.Span, "Record payload");

    public bool TryRead(out long position, out ReadOnlyMemory<byte> record)
    {
        while (!_reader.AtEnd)
        {
            position = _reader.ReadVarInt64();
            record = _reader.ReadSlice(payload);
            if (position > after)
            {
                return true;
            }
        }

        (position, record) = (-1, default);
        return false;
    }
}
