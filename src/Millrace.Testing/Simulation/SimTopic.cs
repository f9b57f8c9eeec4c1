namespace Millrace.Testing.Simulation;

/// <summary>
/// The source topics: partitions, numbered through over all topics, with offsets that have gaps, as transaction markers and compaction
/// leave them.
/// </summary>
internal sealed class SimTopic
{
    private readonly List<List<SimRecord>> _partitions = [];
    private readonly List<long> _ends = [];

    public int Partitions => _partitions.Count;

    public void AddPartition()
    {
        _partitions.Add([]);
        _ends.Add(0);
    }

    /// <summary>Appends a record under the partition's next offset.</summary>
    public void Append(SimRecord record)
    {
        long offset = _ends[record.Partition]++;
        _partitions[record.Partition].Add(record with { Raw = record.Raw with { Offset = offset } });
    }

    /// <summary>Takes an offset that no consumer sees.</summary>
    public void AppendMarker(int partition) => _ends[partition]++;

    /// <summary>
    /// Adds records of <c>[from, to]</c> to <paramref name="output"/>, at most <paramref name="max"/>, and returns up to where it read.
    /// </summary>
    public long Read(int partition, long from, long to, int max, ICollection<SimRecord> output)
    {
        List<SimRecord> records = _partitions[partition];
        for (int i = IndexOf(partition, from); i < records.Count && records[i].Offset <= to; i++)
        {
            if (max-- == 0)
            {
                return records[i].Offset - 1;
            }

            output.Add(records[i]);
        }

        return Math.Min(to, _ends[partition] - 1);
    }

    /// <summary>The offset of the last record at or after <paramref name="from"/>; -1 if there is none.</summary>
    public long LastRecord(int partition, long from)
    {
        List<SimRecord> records = _partitions[partition];
        return records.Count > 0 && records[^1].Offset >= from ? records[^1].Offset : -1;
    }

    private int IndexOf(int partition, long offset)
    {
        List<SimRecord> records = _partitions[partition];
        int low = 0,
            high = records.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (records[middle].Offset < offset)
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
}
