using Millrace.Batches;
using Millrace.Connectors;

namespace Millrace.Kafka.Tests;

/// <summary>Keeps what a source reader emits.</summary>
internal sealed class CollectingOutput<T>(int capacity = 64) : ISourceOutput<T>
{
    internal List<(string Split, T Value, long Timestamp)> Records { get; } = [];

    internal List<string> Released { get; } = [];

    internal int Batches { get; private set; }

    public RecordBatch<T> Batch { get; } = new(capacity);

    internal IEnumerable<T> Values => Records.Select(record => record.Value);

    public void Emit(string splitId)
    {
        Batches++;
        for (int i = 0; i < Batch.Count; i++)
        {
            Records.Add((splitId, Batch.Values[i], Batch.Timestamps[i]));
        }

        Batch.Clear();
    }

    public void ReleaseSplit(string splitId) => Released.Add(splitId);
}
