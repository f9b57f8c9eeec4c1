namespace Millrace.DevBroker.Storage;

/// <content>Compaction. It reads and writes beside the log and takes the lock only to look and to swap.</content>
internal sealed partial class PartitionLog
{
    private long _compactedTo;

    /// <summary>Compacts if the topic wants it and enough has come since the last time.</summary>
    public void ApplyCompaction()
    {
        if (!_config.Compact)
        {
            return;
        }

        List<AbortedTransaction> aborted;
        List<Segment> sealedSegments;
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            // What is undecided may still be rolled back, so it must not count as a key's last record.
            sealedSegments = [.. _segments[..^1].TakeWhile(s => s.LastOffset < StableOffset)];
            if (!IsWorthwhile(sealedSegments))
            {
                return;
            }

            aborted = [.. _aborted];
            foreach (Segment segment in sealedSegments)
            {
                segment.TryLease();
            }
        }

        try
        {
            Compact(sealedSegments, aborted);
        }
        finally
        {
            foreach (Segment segment in sealedSegments)
            {
                segment.Release();
            }
        }
    }

    private bool IsWorthwhile(List<Segment> segments)
    {
        long all = 0,
            dirty = 0;
        foreach (Segment segment in segments)
        {
            all += segment.Size;
            if (segment.LastOffset >= _compactedTo)
            {
                dirty += segment.Size;
            }
        }

        return dirty > 0 && dirty >= all * _config.MinDirtyRatio;
    }

    private void Compact(List<Segment> segments, List<AbortedTransaction> aborted)
    {
        LogCompactor compactor = new(segments, aborted, Now() - _config.DeleteRetentionMs);
        compactor.Survey();
        if (compactor.HasClosed)
        {
            Log.ClosedKept(_logger, _name);
        }

        long before = segments.Sum(s => (long)s.Size),
            after = 0;
        int first = 0;
        while (first < segments.Count)
        {
            int count = 1;
            long size = segments[first].Size;
            while (first + count < segments.Count && size + segments[first + count].Size <= _config.SegmentBytes)
            {
                size += segments[first + count++].Size;
            }

            after += CompactGroup(compactor, segments.GetRange(first, count));
            first += count;
        }

        _compactedTo = segments[^1].LastOffset + 1;
        Log.Compacted(_logger, _name, before, after);
    }

    private int CompactGroup(LogCompactor compactor, List<Segment> group)
    {
        Segment replacement = _storage.CreateReplacement(group[0].BaseOffset);
        foreach (Segment segment in group)
        {
            compactor.Copy(segment, replacement);
        }

        lock (_lock)
        {
            int at = Array.IndexOf(_segments, group[0]);
            if (_closed || at < 0)
            {
                replacement.Delete();
                replacement.Release();
                return 0;
            }

            SegmentSummary summary = Summarize(replacement);

            // Later segments have summaries of their own; state of the whole log that is too new here is harmless, because it is loaded in
            // order.
            Segment placed = _storage.Replace(group, replacement, summary);
            _segments = [.. _segments[..at], placed, .. _segments[(at + group.Count)..]];
            foreach (Segment old in group)
            {
                old.Release();
            }

            return placed.Size;
        }
    }
}
