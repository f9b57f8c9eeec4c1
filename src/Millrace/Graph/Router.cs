using Millrace.Batches;
using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>Common part of all routers: one batch under construction per target.</summary>
internal abstract class Router<T>(IEdgeOutput<T> output, OperatorErrors errors) : IInput<T>
{
    private bool _isInOutput;
    private readonly RecordBatch<T>?[] _open = new RecordBatch<T>?[output.Targets];

    protected int Targets => _open.Length;

    protected OperatorErrors Errors => errors;

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
                Send(target, batch);
            }
        }
    }

    /// <summary>
    /// Whether an exception came out of a function of the user, and not out of the output. For exception filters, which run before anything
    /// is unwound.
    /// </summary>
    protected bool IsOwn(Exception exception) => !_isInOutput && errors.Concerns(exception);

    /// <summary>The batch under construction for a target; not full.</summary>
    protected RecordBatch<T> BatchOf(int target) => _open[target] ?? Open(target);

    /// <summary>Sends the batch of a target if it is full.</summary>
    protected void SendIfFull(int target, RecordBatch<T> batch)
    {
        if (batch.IsFull)
        {
            Send(target, batch);
        }
    }

    private RecordBatch<T> Open(int target)
    {
        _isInOutput = true;
        try
        {
            return _open[target] = output.Rent(target);
        }
        finally
        {
            _isInOutput = false;
        }
    }

    private void Send(int target, RecordBatch<T> batch)
    {
        _open[target] = null;
        _isInOutput = true;
        try
        {
            output.Send(target, batch);
        }
        finally
        {
            _isInOutput = false;
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
