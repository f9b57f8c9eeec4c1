using Millrace.Batches;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>Common part of all routers: one batch under construction per target.</summary>
internal abstract class Router<T>(IEdgeOutput<T> output) : IInput<T>
{
    private readonly RecordBatch<T>?[] _open = new RecordBatch<T>?[output.Targets];

    protected int Targets => _open.Length;

    public abstract void OnBatch(RecordBatch<T> batch);

    public void OnWatermark(long watermark)
    {
        Flush();
        output.BroadcastWatermark(watermark);
    }

    public void OnIdle(bool idle)
    {
        Flush();
        output.BroadcastIdle(idle);
    }

    public void Flush()
    {
        for (int target = 0; target < _open.Length; target++)
        {
            if (_open[target] is { Count: > 0 } batch)
            {
                _open[target] = null;
                output.Send(target, batch);
            }
        }
    }

    /// <summary>The batch under construction for a target; not full.</summary>
    protected RecordBatch<T> BatchOf(int target) => _open[target] ??= output.Rent(target);

    /// <summary>Sends the batch of a target if it is full.</summary>
    protected void SendIfFull(int target, RecordBatch<T> batch)
    {
        if (batch.IsFull)
        {
            _open[target] = null;
            output.Send(target, batch);
        }
    }

    /// <summary>Copies a whole batch to a target.</summary>
    protected void CopyTo(int target, RecordBatch<T> batch)
    {
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        int copied = 0;
        while (copied < values.Length)
        {
            RecordBatch<T> destination = BatchOf(target);
            int count = Math.Min(values.Length - copied, destination.Capacity - destination.Count);
            destination.AddRange(values.Slice(copied, count), timestamps.Slice(copied, count));
            copied += count;
            SendIfFull(target, destination);
        }
    }
}
