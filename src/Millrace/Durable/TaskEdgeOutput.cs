using Millrace.Batches;
using Millrace.Graph;
using Millrace.Ledger;
using Millrace.Serialization;

namespace Millrace.Durable;

/// <summary>The sending side of an edge in a keyed task: records go into payloads of the task's outbox.</summary>
internal sealed class TaskEdgeOutput<T> : IEdgeOutput<T>, ITaskEdgeOutput
{
    private readonly EdgeCodec<T> _codec;
    private readonly Stack<RecordBatch<T>> _free = new();
    private readonly Func<RecordBatch<T>> _create;
    private readonly DataWriter[] _payloads;
    private readonly string _name;
    private readonly OutboxTarget _outbox;

    public TaskEdgeOutput(StreamEdge<T> edge, string name, int targets, int batchSize, OutboxTarget outbox)
    {
        _codec = new EdgeCodec<T>(TypeSerializers.For<T>());
        _create = () => edge.Partitioning.CreateBatch(batchSize);
        _payloads = [.. Enumerable.Range(0, targets).Select(_ => new DataWriter())];
        _name = name;
        _outbox = outbox;
    }

    public int Targets => _payloads.Length;

    public RecordBatch<T> Rent(int target) => _free.TryPop(out RecordBatch<T>? batch) ? batch : _create();

    public void Send(int target, RecordBatch<T> batch)
    {
        DataWriter payload = _payloads[target];
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
                _outbox.Current.Send(_name, target, payload.WrittenSpan[..before]);
                payload.Clear();
                payload.WriteRaw(record);
            }
        }

        batch.Clear();
        _free.Push(batch);
    }

    /// <summary>Puts what has been collected into the outbox; called at the end of each operation.</summary>
    public void EndOperation()
    {
        for (int target = 0; target < _payloads.Length; target++)
        {
            if (_payloads[target].Length > 0)
            {
                _outbox.Current.Send(_name, target, _payloads[target].WrittenSpan);
                _payloads[target].Clear();
            }
        }
    }

    public void BroadcastWatermark(long watermark)
    {
        // The protocol forwards the task's watermark on every channel.
    }

    public void BroadcastIdle(bool idle)
    {
        // A keyed task is never idle: its watermark is what its sources' ticks say.
    }
}
