using System.Buffers;

namespace Millrace.DevBroker.Storage;

/// <content>What happens when a log is opened: summaries are believed, what has none is read, a torn tail is cut off.</content>
internal sealed partial class PartitionLog
{
    private void Recover(long logStart)
    {
        List<Segment> segments = new();
        IReadOnlyList<(Segment Segment, int FileBytes)> found = _storage.Open();
        for (int i = 0; i < found.Count; i++)
        {
            (Segment? segment, int fileBytes) = found[i];
            if (segment.BaseOffset < _end && segments.Count > 0)
            {
                // A crash in the middle of a compaction left it; its records are in the segment before.
                Drop(segment);
                continue;
            }

            _end = segment.BaseOffset;
            SegmentSummary? summary = _storage.ReadSummary(segment);
            if (summary is not null && summary.Size <= fileBytes)
            {
                Load(segment, summary);
            }

            segments.Add(segment);
            bool whole = segment.Size == fileBytes || Scan(segment, fileBytes);
            _end = Math.Max(_end, segment.LastOffset + 1);
            if (whole)
            {
                continue;
            }

            Log.TornTail(_logger, _name, segment.LastOffset + 1, fileBytes - segment.Size);
            segment.DropTail();
            foreach ((Segment later, _) in found.Skip(i + 1))
            {
                Drop(later);
            }

            break;
        }

        if (segments.Count == 0)
        {
            segments.Add(_storage.Create(Math.Max(logStart, 0)));
        }

        _segments = [.. segments];
        _end = Math.Max(_end, _segments[^1].BaseOffset);
        _logStart = Math.Clamp(logStart, _segments[0].BaseOffset, _end);
        _highWatermark = _end;
    }

    private void Drop(Segment segment)
    {
        _storage.Delete(segment);
        segment.Release();
    }

    private void Load(Segment segment, SegmentSummary summary)
    {
        segment.Load(summary);
        _producers.Load(summary.Producers!);
        _epochs.Load(summary.Epochs!);
        _aborted.AddRange(summary.Aborted!);
    }

    /// <summary>Reads batches up to the end of the file; false if what stands at the end is not a whole one.</summary>
    private bool Scan(Segment segment, int fileBytes)
    {
        RecoveryReader reader = new(segment, fileBytes);
        try
        {
            while (reader.TryReadBatch(segment.Size, out ReadOnlySpan<byte> batch, out BatchHeader header))
            {
                if (header.BaseOffset <= segment.LastOffset)
                {
                    return false;
                }

                segment.Account(header, batch.Length);
                Replay(batch, header);
            }

            return segment.Size == fileBytes;
        }
        finally
        {
            reader.Dispose();
        }
    }

    private void Replay(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        _epochs.Apply(header.LeaderEpoch, header.BaseOffset);
        if (!header.IsIdempotent)
        {
            return;
        }

        if (!header.IsControl)
        {
            _producers.Apply(header, Now());
        }
        else if (
            ControlBatch.TryRead(batch, out bool commit, out int coordinatorEpoch)
            && _producers.ApplyMarker(header, commit, coordinatorEpoch, Now()) is { } aborted
        )
        {
            _aborted.Add(aborted);
        }
    }

    /// <summary>Reads a file of unknown content in large pieces, batch by batch, each with its checksum.</summary>
    private sealed class RecoveryReader(Segment segment, int fileBytes) : IDisposable
    {
        private const int PieceBytes = 1024 * 1024;
        private byte[] _buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        private int _start;
        private int _length;

        public bool TryReadBatch(int position, out ReadOnlySpan<byte> batch, out BatchHeader header)
        {
            batch = default;
            header = default;
            if (!TryFill(position, BatchHeader.Bytes) || !BatchHeader.TryRead(At(position, BatchHeader.Bytes), out header))
            {
                return false;
            }

            if (header.TotalBytes > fileBytes - position || !TryFill(position, (int)header.TotalBytes))
            {
                return false;
            }

            batch = At(position, (int)header.TotalBytes);
            return header.Matches(batch);
        }

        public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

        private Span<byte> At(int position, int length) => _buffer.AsSpan(position - _start, length);

        private bool TryFill(int position, int length)
        {
            if (length > fileBytes - position)
            {
                return false;
            }

            if (position >= _start && position + length <= _start + _length)
            {
                return true;
            }

            if (length > _buffer.Length)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
                _buffer = ArrayPool<byte>.Shared.Rent(length);
            }

            _start = position;
            _length = Math.Min(_buffer.Length, fileBytes - position);
            segment.Read(position, _buffer.AsSpan(0, _length));
            return true;
        }
    }
}
