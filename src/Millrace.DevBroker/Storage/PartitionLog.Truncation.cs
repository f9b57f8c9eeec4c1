namespace Millrace.DevBroker.Storage;

/// <content>Losing what was there, on purpose.</content>
internal sealed partial class PartitionLog
{
    /// <summary>
    /// Keeps only the batches that end before an offset, as a replica has them that did not get the rest, and goes on in another leader
    /// epoch.
    /// </summary>
    /// <returns>The new end of the log.</returns>
    public long Truncate(long offset, int leaderEpoch)
    {
        lock (_lock)
        {
            Segment[] before = _segments;
            Segment kept = _storage.Create(before[0].BaseOffset);
            _producers.Load([]);
            _epochs.Load([]);
            _aborted.Clear();
            foreach (Segment segment in before)
            {
                Keep(segment, offset, kept);
                _storage.Delete(segment);
                segment.Release();
            }

            _segments = [kept];
            _leaderEpoch = leaderEpoch;
            _end = Math.Max(kept.LastOffset + 1, _logStart);
            _highWatermark = _end;
        }

        Waiters.SignalAll();
        return _end;
    }

    private void Keep(Segment segment, long offset, Segment kept)
    {
        using RecoveryReader reader = new(segment, segment.Size);
        for (
            int position = 0;
            reader.TryReadBatch(position, out ReadOnlySpan<byte> batch, out BatchHeader header) && header.LastOffset < offset;
            position += batch.Length
        )
        {
            kept.Append(batch, header);
            Replay(batch, header);
        }
    }
}
