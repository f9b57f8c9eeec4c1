using System.Runtime.CompilerServices;
using Millrace.Batches;
using Millrace.Copying;
using Millrace.Errors;
using Millrace.UserFunctions;

namespace Millrace.Operators;

/// <summary>Collects what an operator emits into a reused batch and hands full batches to what comes next in the chain.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <param name="target">What comes next.</param>
/// <param name="batchSize">Records of a batch.</param>
/// <param name="errors">Errors of the task: while it traces records they are handed on in batches of one. <see langword="null"/> = it never
/// does.</param>
/// <param name="copies">Whether mutable records are copied, so that who emits one may keep and change it.</param>
internal sealed class OperatorOutput<T>(IInput<T> target, int batchSize, TaskErrors? errors = null, bool copies = false) : ISideOutput
{
    private readonly RecordBatch<T> _batch = new(batchSize);
    private readonly RecordBatch<T>? _single = errors is { IsTracing: true } ? new RecordBatch<T>(1) : null;
    private readonly ObjectCopier? _copier = copies && !ObjectCopier.IsNeedless<T>() ? new ObjectCopier() : null;

    public Type ElementType => typeof(T);

    public bool IsDelivering { get; private set; }

    /// <summary>Whether each record of the operator's batch led to the record of the same index here.</summary>
    public bool KeepsRows { get; set; }

    /// <summary>Records collected and not yet handed over.</summary>
    public int Buffered => _batch.Count;

    /// <summary>Emits one record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Collect(T value, long timestamp)
    {
        if (_copier is null)
        {
            Add(value, timestamp);
        }
        else
        {
            AddCopy(_copier, value, timestamp);
        }
    }

    /// <summary>Passes a whole batch on as it is.</summary>
    public void Forward(RecordBatch<T> batch)
    {
        EmitBuffered();
        Deliver(batch);
    }

    /// <summary>Hands over what has been collected. Every operator calls it at the end of <c>OnBatch</c>.</summary>
    public void EmitBuffered()
    {
        if (_batch.Count > 0)
        {
            if (_single is { } single && _batch.Count > 1 && errors!.IsTracing)
            {
                DeliverOneByOne(single);
            }
            else
            {
                Deliver(_batch);
            }

            _batch.Clear();
        }
    }

    public void Discard(int kept) => _batch.Truncate(kept);

    public void EmitWatermark(long watermark)
    {
        EmitBuffered();
        target.OnWatermark(watermark);
    }

    public void EmitIdle(bool idle)
    {
        EmitBuffered();
        target.OnIdle(idle);
    }

    /// <summary>Flushes this output and everything behind it.</summary>
    public void FlushAll()
    {
        EmitBuffered();
        target.Flush();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(T value, long timestamp)
    {
        RecordBatch<T> batch = _batch;
        batch.Add(value, timestamp);
        if (batch.IsFull)
        {
            EmitBuffered();
        }
    }

    // Apart: a parameter that is assigned to would be copied for every record.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddCopy(ObjectCopier copier, T value, long timestamp) => Add(copier.Copy(value), timestamp);

    private void Deliver(RecordBatch<T> batch)
    {
        // Still set when the exception filters of the operators before this one run.
        IsDelivering = true;
        try
        {
            target.OnBatch(batch);
        }
        catch (UserCodeException passing) when (!KeepsRows && passing.ForgetRow())
        {
            throw;
        }
        finally
        {
            IsDelivering = false;
        }
    }

    private void DeliverOneByOne(RecordBatch<T> single)
    {
        for (int i = 0; i < _batch.Count; i++)
        {
            single.Clear();
            single.AddFrom(_batch, i);
            Deliver(single);
        }
    }
}

/// <summary>A collector in front of an operator's output.</summary>
internal sealed class OperatorCollector<T>(OperatorOutput<T> output) : Collector<T>
{
    /// <summary>The timestamp that emitted records get.</summary>
    public long Timestamp { get; set; } = RecordBatch.NoTimestamp;

    /// <summary>Where records go, for those that set each one's timestamp.</summary>
    public OperatorOutput<T> Output => output;

    public override void Collect(T value) => output.Collect(value, Timestamp);
}
