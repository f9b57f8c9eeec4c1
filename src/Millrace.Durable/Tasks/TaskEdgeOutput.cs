using Millrace.Batches;
using Millrace.Durable.Protocol;
using Millrace.Graph;
using Millrace.Serialization;

namespace Millrace.Durable.Tasks;

/// <summary>The sending side of an edge in a keyed task: records go into payloads of the task's outbox.</summary>
internal abstract class TaskEdgeOutput(string name, int targets, OutboxTarget outbox) : IEdgeOutput
{
    private readonly DataWriter[] _payloads = [.. Enumerable.Range(0, targets).Select(_ => new DataWriter())];

    public int Targets => targets;

    public void BroadcastWatermark(long watermark)
    {
        // The protocol forwards the task's watermark on every channel.
    }

    public void BroadcastIdle(bool idle)
    {
        // A keyed task is never idle: its watermark is what its sources' ticks say.
    }

    /// <summary>Puts what has been collected into the outbox; called at the end of each operation.</summary>
    public void EndOperation()
    {
        for (int target = 0; target < _payloads.Length; target++)
        {
            if (_payloads[target].Length > 0)
            {
                Enqueue(target, _payloads[target].WrittenSpan);
                _payloads[target].Clear();
            }
        }
    }

    protected DataWriter PayloadOf(int target) => _payloads[target];

    protected void Enqueue(int target, ReadOnlySpan<byte> payload) => outbox.Current.Send(name, target, payload);
}

/// <inheritdoc cref="TaskEdgeOutput"/>
internal sealed class TaskEdgeOutput<T>(StreamEdge<T> edge, string name, int targets, int batchSize, OutboxTarget outbox)
    : TaskEdgeOutput(name, targets, outbox),
        IEdgeOutput<T>
{
    private readonly EdgeCodec<T> _codec = new(TypeSerializers.For<T>());
    private readonly Stack<RecordBatch<T>> _free = new();

    public RecordBatch<T> Rent(int target) => _free.TryPop(out RecordBatch<T>? batch) ? batch : edge.Partitioning.CreateBatch(batchSize);

    public void Send(int target, RecordBatch<T> batch)
    {
        DataWriter payload = PayloadOf(target);
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        for (int i = 0; i < values.Length; i++)
        {
            int before = payload.Length;
            _codec.Write(values[i], timestamps[i], payload);
            if (payload.Length > EnvelopeLimits.TargetPayloadBytes && before > 0)
            {
                // The record that no longer fits begins the next payload.
                byte[] record = payload.WrittenSpan[before..].ToArray();
                Enqueue(target, payload.WrittenSpan[..before]);
                payload.Clear();
                payload.WriteRaw(record);
            }
        }

        batch.Clear();
        _free.Push(batch);
    }
}
