using System.Buffers;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Storage;

/// <content>Reading.</content>
internal sealed partial class PartitionLog
{
    /// <summary>
    /// The state at one moment. <see cref="ActiveBytes"/> belongs to <see cref="End"/>: bytes appended later are not looked at.
    /// </summary>
    private readonly record struct View(
        Segment[] Segments,
        long LogStart,
        long HighWatermark,
        long Stable,
        long End,
        int ActiveBytes,
        bool IsClosed
    );

    /// <summary>A run of whole batches in a segment, and the offset before which it ends.</summary>
    private readonly record struct Extent(int Start, int Length, long EndOffset);

    /// <summary>
    /// Whole batches from the one that holds <paramref name="offset"/> on, up to <paramref name="maxBytes"/> or, if
    /// <paramref name="atLeastOne"/>, the first batch whatever its size. The result's records must be disposed.
    /// </summary>
    public ReadResult Read(long offset, int maxBytes, bool committed, bool atLeastOne)
    {
        while (true)
        {
            View view = Look();
            if (view.IsClosed)
            {
                return Empty(view, ErrorCode.UnknownTopicOrPartition);
            }

            if (offset < view.LogStart || offset > view.End)
            {
                return Empty(view, ErrorCode.OffsetOutOfRange);
            }

            long upper = committed ? view.Stable : view.HighWatermark;
            if (offset >= upper)
            {
                return Empty(view, ErrorCode.None);
            }

            for (int i = IndexOf(view.Segments, offset); ; i++)
            {
                if (i >= view.Segments.Length || view.Segments[i].BaseOffset >= upper)
                {
                    return Empty(view, ErrorCode.None);
                }

                // A segment that is gone by now was retired after we looked: look again.
                if (!view.Segments[i].TryLease())
                {
                    break;
                }

                bool found = TryFind(view, i, offset, upper, maxBytes, atLeastOne, out Extent extent);
                if (extent.Length == 0)
                {
                    view.Segments[i].Release();
                }

                if (!found)
                {
                    continue;
                }

                if (extent.Length == 0)
                {
                    return Empty(view, ErrorCode.None);
                }

                SegmentSlice slice = new(view.Segments[i], extent.Start, extent.Length);
                List<AbortedTransaction>? aborted = committed ? AbortedWithin(offset, extent.EndOffset) : null;
                return new ReadResult(ErrorCode.None, view.HighWatermark, view.Stable, view.LogStart, slice, aborted);
            }
        }
    }

    /// <summary>The first record with at least this timestamp.</summary>
    public TimestampOffset FindTimestamp(long timestamp, bool committed)
    {
        while (true)
        {
            View view = Look();
            if (view.IsClosed)
            {
                return TimestampOffset.None;
            }

            long upper = committed ? view.Stable : view.HighWatermark;
            TimestampOffset found = TimestampOffset.None;
            bool retired = false;
            foreach (Segment segment in view.Segments)
            {
                if (segment.MaxTimestamp < timestamp || segment.BaseOffset >= upper)
                {
                    continue;
                }

                if (!segment.TryLease())
                {
                    retired = true;
                    break;
                }

                found = FindTimestamp(segment, timestamp, view.LogStart);
                segment.Release();
                if (found.Offset >= 0)
                {
                    break;
                }
            }

            if (!retired)
            {
                return found.Offset < upper ? found : TimestampOffset.None;
            }
        }
    }

    /// <summary>The record with the largest timestamp, the first of them if there are several.</summary>
    public TimestampOffset FindMaxTimestamp()
    {
        long largest = -1L;
        foreach (Segment segment in Look().Segments)
        {
            largest = Math.Max(largest, segment.MaxTimestamp);
        }

        if (largest < 0)
        {
            return TimestampOffset.None;
        }

        TimestampOffset found = FindTimestamp(largest, committed: false);

        // Markers of transactions have times too, and often later ones than the records before them.
        return found.Offset >= 0 || (largest = MaxOfRecords()) < 0 ? found : FindTimestamp(largest, committed: false);
    }

    private long MaxOfRecords()
    {
        long largest = -1L;
        foreach (Segment segment in Look().Segments)
        {
            if (segment.MaxTimestamp <= largest || !segment.TryLease())
            {
                continue;
            }

            using BatchScanner scanner = new(segment, 0, segment.Size);
            while (scanner.MoveNext())
            {
                if (!scanner.Current.IsControl)
                {
                    largest = Math.Max(largest, scanner.Current.MaxTimestamp);
                }
            }

            segment.Release();
        }

        return largest;
    }

    private static ReadResult Empty(View view, ErrorCode error) => new(error, view.HighWatermark, view.Stable, view.LogStart, null, null);

    private static int IndexOf(Segment[] segments, long offset)
    {
        int low = 0,
            high = segments.Length - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (segments[middle].BaseOffset <= offset)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    private View Look()
    {
        lock (_lock)
        {
            return new View(_segments, _logStart, _highWatermark, StableOffset, _end, Active.Size, _closed);
        }
    }

    /// <summary>Finds the batches to give from one segment; false if it has none from the offset on.</summary>
    private static bool TryFind(in View view, int at, long offset, long upper, long maxBytes, bool atLeastOne, out Extent found)
    {
        Segment segment = view.Segments[at];
        int bound = at == view.Segments.Length - 1 ? view.ActiveBytes : segment.Size;
        found = default;
        using BatchScanner scanner = new(segment, segment.Index.PositionBeforeOffset(offset), bound);
        do
        {
            if (!scanner.MoveNext())
            {
                return false;
            }
        } while (scanner.Current.LastOffset < offset);

        int start = scanner.Position;
        if (scanner.Current.BaseOffset >= upper)
        {
            return true;
        }

        long limit = start + (atLeastOne ? Math.Max(maxBytes, scanner.Current.TotalBytes) : maxBytes);
        if (limit >= bound && (at < view.Segments.Length - 1 ? view.Segments[at + 1].BaseOffset <= upper : upper == view.End))
        {
            found = new Extent(start, bound - start, upper);
            return true;
        }

        found = CutAtBatch(segment, start, Math.Min(limit, bound), upper);
        return true;
    }

    /// <summary>Whole batches from a start on, below a position and an offset.</summary>
    private static Extent CutAtBatch(Segment segment, int start, long limit, long upper)
    {
        int known = Math.Min(segment.Index.BatchStartBefore((int)limit), segment.Index.PositionBeforeOffset(upper));
        using BatchScanner scanner = new(segment, Math.Max(start, known), (int)limit);
        int end = Math.Max(start, known);
        long endOffset = upper;
        while (scanner.MoveNext() && scanner.Current.BaseOffset < upper)
        {
            endOffset = scanner.Current.BaseOffset;
            if (scanner.Position + scanner.Current.TotalBytes > limit)
            {
                break;
            }

            end = (int)(scanner.Position + scanner.Current.TotalBytes);
            endOffset = scanner.Current.LastOffset + 1;
        }

        return new Extent(start, end - start, endOffset);
    }

    private List<AbortedTransaction> AbortedWithin(long from, long to)
    {
        List<AbortedTransaction> found = new();
        lock (_lock)
        {
            // In the order of their markers; the first that can matter is found by halving.
            int low = 0,
                high = _aborted.Count;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (_aborted[middle].MarkerOffset < from)
                {
                    low = middle + 1;
                }
                else
                {
                    high = middle;
                }
            }

            for (; low < _aborted.Count; low++)
            {
                if (_aborted[low].FirstOffset < to)
                {
                    found.Add(_aborted[low]);
                }

                if (_aborted[low].StableOffset >= to)
                {
                    break;
                }
            }
        }

        return found;
    }

    private static TimestampOffset FindTimestamp(Segment segment, long timestamp, long logStart)
    {
        using BatchScanner scanner = new(segment, segment.Index.PositionBeforeTimestamp(timestamp), segment.Size);
        while (scanner.MoveNext())
        {
            if (scanner.Current.IsControl || scanner.Current.MaxTimestamp < timestamp || scanner.Current.LastOffset < logStart)
            {
                continue;
            }

            TimestampOffset found = FindTimestamp(segment, scanner.Position, scanner.Current, timestamp, logStart);
            if (found.Offset >= 0)
            {
                return found;
            }
        }

        return TimestampOffset.None;
    }

    private static TimestampOffset FindTimestamp(Segment segment, int position, in BatchHeader header, long timestamp, long logStart)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent((int)header.TotalBytes);
        try
        {
            Span<byte> batch = rented.AsSpan(0, (int)header.TotalBytes);
            segment.Read(position, batch);
            Span<byte> plain = header.IsCompressed ? BatchCompression.Open(batch, header) : batch;

            // What cannot be opened is met at its beginning: too early, but nothing is missed.
            if (plain.IsEmpty)
            {
                return new TimestampOffset(header.MaxTimestamp, Math.Max(header.BaseOffset, logStart));
            }

            RecordReader records = new(plain);
            while (records.MoveNext())
            {
                long offset = header.BaseOffset + records.OffsetDelta;
                long time = header.HasLogAppendTime ? header.MaxTimestamp : header.BaseTimestamp + records.TimestampDelta;
                if (time >= timestamp && offset >= logStart)
                {
                    return new TimestampOffset(time, offset);
                }
            }

            return TimestampOffset.None;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
