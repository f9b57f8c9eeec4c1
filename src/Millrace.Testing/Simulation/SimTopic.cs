namespace Millrace.Testing.Simulation;

/// <summary>
/// The source topics: partitions, numbered through over all topics, with offsets that have gaps, as transaction markers and compaction
/// leave them. Consumers read committed records; whoever looks for the end sees all.
/// </summary>
internal sealed class SimTopic
{
    private readonly List<Log> _partitions = [];

    public int Partitions => _partitions.Count;

    public void AddPartition() => _partitions.Add(new Log());

    /// <summary>Appends a record under the partition's next offset.</summary>
    public void Append(SimRecord record, bool isAborted = false)
    {
        Log log = _partitions[record.Partition];
        long offset = log.End++;
        log.Records.Add(record with { Raw = record.Raw with { Offset = offset } });
        if (isAborted)
        {
            log.Aborted.Add(offset);
        }
    }

    /// <summary>Takes an offset that no consumer sees.</summary>
    public void AppendMarker(int partition) => _partitions[partition].End++;

    /// <summary>Opens a transaction: nothing from here on can be read as committed.</summary>
    public long OpenTransaction(int partition)
    {
        _partitions[partition].Open.Add(_partitions[partition].End);
        return _partitions[partition].End;
    }

    /// <summary>Aborts what <see cref="OpenTransaction"/> has opened.</summary>
    public void AbortTransaction(int partition, long opened)
    {
        if (_partitions[partition].Open.Remove(opened))
        {
            AppendMarker(partition);
        }
    }

    /// <summary>The first offset that there is, or was never written.</summary>
    public long BeginOf(int partition) => _partitions[partition].Begin;

    /// <summary>The offset of the next record.</summary>
    public long EndOf(int partition) => _partitions[partition].End;

    /// <summary>Deletes all below an offset.</summary>
    public void Expire(int partition, long begin)
    {
        Log log = _partitions[partition];
        log.Begin = Math.Max(log.Begin, Math.Min(begin, log.End));
        log.Records.RemoveRange(0, IndexOf(log, log.Begin));
    }

    /// <summary>Another log under the old name.</summary>
    public void Recreate(int partition)
    {
        _partitions[partition] = new Log();
    }

    /// <summary>
    /// Adds committed records of <c>[from, to]</c> to <paramref name="output"/>, at most <paramref name="max"/>, and returns up to where it
    /// read.
    /// </summary>
    public long Read(int partition, long from, long to, int max, ICollection<SimRecord> output)
    {
        Log log = _partitions[partition];
        long last = Math.Min(to, (log.Open.Count > 0 ? log.Open.Min : log.End) - 1);
        for (int i = IndexOf(log, from); i < log.Records.Count && log.Records[i].Offset <= last; i++)
        {
            if (log.Aborted.Contains(log.Records[i].Offset))
            {
                continue;
            }

            if (max-- == 0)
            {
                return log.Records[i].Offset - 1;
            }

            output.Add(log.Records[i]);
        }

        return last;
    }

    /// <summary>The offset of the last record at or after <paramref name="from"/>, committed or not; -1 if there is none.</summary>
    public long LastRecord(int partition, long from)
    {
        List<SimRecord> records = _partitions[partition].Records;
        return records.Count > 0 && records[^1].Offset >= from ? records[^1].Offset : -1;
    }

    private static int IndexOf(Log log, long offset)
    {
        int low = 0,
            high = log.Records.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (log.Records[middle].Offset < offset)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private sealed class Log
    {
        public List<SimRecord> Records { get; } = [];

        public HashSet<long> Aborted { get; } = [];

        /// <summary>Where transactions began that are open.</summary>
        public SortedSet<long> Open { get; } = [];

        public long Begin { get; set; }

        public long End { get; set; }
    }
}
