using System.Text;
using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Tests.Testing.Conformance;

/// <summary>A topic in memory: partitions of lines with holes between their offsets, and progress markers of sinks.</summary>
internal sealed class MemoryLog(string name, int partitions)
{
    public const string Connector = "memory";
    private const int Gap = 3;
    private readonly Lock _lock = new();
    private readonly List<List<RawRecord>> _partitions = [.. Enumerable.Range(0, partitions).Select(_ => new List<RawRecord>())];
    private readonly List<string> _all = [];

    public Topic Topic { get; } = new(Connector, name);

    /// <summary>Last number by the sender's key.</summary>
    public Dictionary<string, long> Markers { get; } = new(StringComparer.Ordinal);

    public int Partitions
    {
        get
        {
            lock (_lock)
            {
                return _partitions.Count;
            }
        }
    }

    /// <summary>All lines in the order in which they came.</summary>
    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    public void Append(int partition, string line)
    {
        lock (_lock)
        {
            while (_partitions.Count <= partition)
            {
                _partitions.Add([]);
            }

            List<RawRecord> log = _partitions[partition];
            long offset = log.Count == 0 ? Gap : log[^1].Offset + 1 + (log.Count % Gap);
            log.Add(
                new RawRecord(Topic.Name, partition, offset, RecordBatch.NoTimestamp, Key: null, Encoding.UTF8.GetBytes(line), Headers: [])
            );
            _all.Add(line);
        }
    }

    public IReadOnlyList<RawRecord> Read(int partition, long from, long to)
    {
        lock (_lock)
        {
            List<RawRecord> log = _partitions[partition];
            int start = FirstAtOrAfter(log, from);
            int end = to == long.MaxValue ? log.Count : FirstAtOrAfter(log, to + 1);
            return start < end ? log.GetRange(start, end - start) : [];
        }
    }

    public long LastOf(int partition)
    {
        lock (_lock)
        {
            return _partitions[partition] is [.., RawRecord last] ? last.Offset : -1;
        }
    }

    private static int FirstAtOrAfter(List<RawRecord> log, long offset)
    {
        (int low, int high) = (0, log.Count);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = log[middle].Offset < offset ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
