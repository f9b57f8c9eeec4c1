using System.Buffers;
using System.IO.Hashing;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// Rewrites sealed segments so that of each key only the last record is left. Records of aborted transactions are dropped and never count
/// as the last; markers stay. Compressed batches are opened, and closed again in their codec. One that cannot be opened stays whole, and so
/// do tombstones as long as there is any, because a deleted key could come back from it.
/// </summary>
internal sealed class LogCompactor(IReadOnlyList<Segment> segments, List<AbortedTransaction> aborted, long deleteTombstonesBefore)
{
    private readonly Dictionary<UInt128, long> _last = [];
    private byte[] _buffer = [];

    /// <summary>Whether batches were found that cannot be opened; known after <see cref="Survey"/>.</summary>
    public bool HasClosed { get; private set; }

    /// <summary>Learns the last offset of every key.</summary>
    public void Survey()
    {
        foreach (Segment segment in segments)
        {
            using BatchScanner scanner = new(segment, 0, segment.Size);
            while (scanner.MoveNext())
            {
                BatchHeader header = scanner.Current;
                if (header.IsControl || IsAborted(header))
                {
                    continue;
                }

                Span<byte> batch = Open(ReadBatch(segment, scanner.Position, header), header);
                if (batch.IsEmpty)
                {
                    HasClosed = true;
                    continue;
                }

                RecordReader records = new(batch);
                while (records.MoveNext())
                {
                    if (records.HasKey)
                    {
                        _last[XxHash128.HashToUInt128(records.Key)] = header.BaseOffset + records.OffsetDelta;
                    }
                }
            }
        }
    }

    /// <summary>Copies what is to stay of one segment to the end of another.</summary>
    public void Copy(Segment from, Segment to)
    {
        using BatchScanner scanner = new(from, 0, from.Size);
        while (scanner.MoveNext())
        {
            BatchHeader header = scanner.Current;
            if (!header.IsControl && IsAborted(header))
            {
                continue;
            }

            Span<byte> batch = ReadBatch(from, scanner.Position, header);
            if (header.IsControl)
            {
                to.Append(batch, header);
            }
            else
            {
                CopyRecords(batch, header, to);
            }
        }

        to.ExtendTo(from.LastOffset);
    }

    private void CopyRecords(Span<byte> batch, in BatchHeader header, Segment to)
    {
        Span<byte> plain = Open(batch, header);
        int kept = 0;
        int end = BatchHeader.Bytes;
        RecordReader records = new(plain);
        while (records.MoveNext())
        {
            if (!Stays(records, header))
            {
                continue;
            }

            // Records only move forward over ones that were read already.
            Span<byte> record = plain[records.Range];
            record.CopyTo(plain[end..]);
            end += record.Length;
            kept++;
        }

        if (plain.IsEmpty || kept == header.RecordCount)
        {
            to.Append(batch, header);
            return;
        }

        if (kept == 0)
        {
            return;
        }

        Span<byte> rewritten = header.IsCompressed ? BatchCompression.Close(plain[..end], batch) : plain[..end];
        BatchHeader.SetRecords(rewritten, kept);
        BatchHeader.TryRead(rewritten, out BatchHeader changed);
        to.Append(rewritten, changed);
    }

    /// <summary>The batch with plain records; empty if it cannot be opened.</summary>
    private static Span<byte> Open(Span<byte> batch, in BatchHeader header)
    {
        if (!header.IsCompressed)
        {
            return batch;
        }

        return BatchCompression.Open(batch, header) is { } plain && CountRecords(plain) == header.RecordCount ? plain : [];
    }

    private static int CountRecords(ReadOnlySpan<byte> plain)
    {
        int count = 0;
        RecordReader records = new(plain);
        while (records.MoveNext())
        {
            count++;
        }

        return count;
    }

    private bool Stays(in RecordReader record, in BatchHeader header)
    {
        if (!record.HasKey)
        {
            return true;
        }

        if (_last.TryGetValue(XxHash128.HashToUInt128(record.Key), out long last) && last > header.BaseOffset + record.OffsetDelta)
        {
            return false;
        }

        return record.HasValue || HasClosed || header.MaxTimestamp >= deleteTombstonesBefore;
    }

    private bool IsAborted(in BatchHeader header)
    {
        if (!header.IsTransactional)
        {
            return false;
        }

        foreach (AbortedTransaction transaction in aborted)
        {
            if (
                transaction.ProducerId == header.ProducerId
                && header.BaseOffset >= transaction.FirstOffset
                && header.BaseOffset < transaction.MarkerOffset
            )
            {
                return true;
            }
        }

        return false;
    }

    private Span<byte> ReadBatch(Segment segment, int position, in BatchHeader header)
    {
        int length = (int)header.TotalBytes;
        if (_buffer.Length < length)
        {
            if (_buffer.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }

            _buffer = ArrayPool<byte>.Shared.Rent(length);
        }

        segment.Read(position, _buffer.AsSpan(0, length));
        return _buffer.AsSpan(0, length);
    }
}
