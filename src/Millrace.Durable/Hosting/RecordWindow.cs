using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>The records of one partition that are in hand: in order of offset, without repetitions.</summary>
internal sealed class RecordWindow
{
    private List<RawRecord> _records;

    public RecordWindow(List<RawRecord> delivered)
    {
        _records = delivered;
        Normalize();
    }

    /// <summary>The records of each partition. Lists grow with what comes: a batch is of one partition, or of hundreds.</summary>
    public static Dictionary<int, RecordWindow> Cut(DurableJobPlan plan, Stage stage, IReadOnlyList<RawRecord> batch)
    {
        Dictionary<int, List<RawRecord>> parts = [];
        IReadOnlyList<Topic> topics = plan.TopicsOf(stage);
        (string? lastTopic, int lastPartition, List<RawRecord>? last) = (null, -1, null);
        foreach (RawRecord record in batch)
        {
            if (last is null || record.Partition != lastPartition || !string.Equals(record.Topic, lastTopic, StringComparison.Ordinal))
            {
                int upstream = DurableJobPlan.UpstreamOf(TopicIndex(stage, topics, record.Topic), record.Partition);
                if (!parts.TryGetValue(upstream, out last))
                {
                    parts.Add(upstream, last = []);
                }

                (lastTopic, lastPartition) = (record.Topic, record.Partition);
            }

            last.Add(record);
        }

        return parts.ToDictionary(part => part.Key, part => new RecordWindow(part.Value));
    }

    private static int TopicIndex(Stage stage, IReadOnlyList<Topic> topics, string topic)
    {
        for (int i = 0; i < topics.Count; i++)
        {
            if (string.Equals(topics[i].Name, topic, StringComparison.Ordinal))
            {
                return i;
            }
        }

        throw new InvalidOperationException(
            $"A trigger of source '{stage.Uid}' delivered a record of topic '{topic}', but the source reads "
                + $"{string.Join(", ", topics.Select(each => each.Name))}; "
                + "the function's topic and the job must agree."
        );
    }

    /// <summary>How many records it has memory for.</summary>
    public int Capacity => _records.Capacity;

    public long[] Offsets()
    {
        long[] offsets = new long[_records.Count];
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = _records[i].Offset;
        }

        return offsets;
    }

    public void Add(IReadOnlyList<RawRecord> records)
    {
        if (records.Count > 0)
        {
            _records = [.. _records, .. records];
            Normalize();
        }
    }

    /// <summary>The records of a range.</summary>
    public IReadOnlyList<RawRecord> In(OffsetRange range)
    {
        int start = FirstAtOrAfter(range.From);
        int end = FirstAtOrAfter(range.To + 1);
        return start == 0 && end == _records.Count ? _records : _records.GetRange(start, end - start);
    }

    private int FirstAtOrAfter(long offset)
    {
        int low = 0;
        int high = _records.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_records[middle].Offset < offset)
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

    private void Normalize()
    {
        for (int i = 1; i < _records.Count; i++)
        {
            if (_records[i].Offset <= _records[i - 1].Offset)
            {
                _records = [.. _records.OrderBy(record => record.Offset).DistinctBy(record => record.Offset)];
                return;
            }
        }
    }
}
