using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Operators;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.Tests.Testing;

/// <summary>Counts records per key, by hand: emits key:count when the watermark has passed the key's newest record.</summary>
internal sealed class KeyedCountOperator : OneInputOperator<string, string>
{
    private readonly SortedDictionary<string, (uint Hash, int Count)> _counts = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _due = new(StringComparer.Ordinal);

    public override void Open(ISnapshotReader? restored)
    {
        foreach (KeyGroupSection section in restored?.KeyGroupSections("counts") ?? [])
        {
            DataReader reader = new(section.Data.Span);
            while (!reader.AtEnd)
            {
                string key = reader.ReadString()!;
                _counts.Add(key, ((uint)reader.ReadInt32(), reader.ReadInt32()));
                if (reader.ReadBoolean())
                {
                    _due.Add(key, reader.ReadInt64());
                }
            }
        }
    }

    public override void OnBatch(RecordBatch<string> batch)
    {
        KeyedBatch<string, string> keyed = (KeyedBatch<string, string>)batch;
        for (int i = 0; i < keyed.Count; i++)
        {
            string key = keyed.Keys[i];
            _counts[key] = (keyed.Hashes[i], _counts.GetValueOrDefault(key).Count + 1);
            _due[key] = keyed.Timestamps[i];
        }
    }

    public override void OnWatermark(long watermark)
    {
        foreach ((string key, long due) in _due.ToArray())
        {
            if (due <= watermark)
            {
                _due.Remove(key);
                Output.Collect($"{key}:{_counts[key].Count}", watermark);
            }
        }

        base.OnWatermark(watermark);
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer)
    {
        foreach (
            IGrouping<int, KeyValuePair<string, (uint Hash, int Count)>>? group in _counts
                .GroupBy(pair => KeyGroups.KeyGroupOf(pair.Value.Hash, Context.MaxParallelism))
                .OrderBy(group => group.Key)
        )
        {
            DataWriter section = writer.KeyGroupSection("counts", group.Key);
            foreach ((string key, (uint hash, int count)) in group)
            {
                section.WriteString(key);
                section.WriteInt32((int)hash);
                section.WriteInt32(count);
                section.WriteBoolean(_due.ContainsKey(key));
                if (_due.TryGetValue(key, out long due))
                {
                    section.WriteInt64(due);
                }
            }
        }
    }
}
