using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Errors;

namespace Millrace.Operators;

/// <summary>
/// One parallel instance of an operator.
/// <code>
/// Created -> Setup -> Open (with restored state or null) -> { OnBatch, OnWatermark, Snapshot, NotifyCheckpointComplete }* -> [Finish] ->
/// Dispose
/// </code>
/// All calls come from the task's thread.
/// </summary>
internal abstract class StreamOperator : IDisposable
{
    private OperatorContext? _context;
    private OperatorErrors? _errors;

    protected OperatorContext Context => _context ?? throw new InvalidOperationException($"{GetType().Name} was used before Setup.");

    /// <summary>Side outputs of this operator; wired before <see cref="Open"/>.</summary>
    public SideOutputs SideOutputs { get; } = new();

    /// <summary>Whether the operator emits nothing but the records that it got, and keeps none.</summary>
    public virtual bool PassesRecordsOn => false;

    /// <summary>
    /// The policy for errors of user code; that of the job is set before <see cref="Setup"/>, an operator on its own fails.
    /// </summary>
    public OperatorErrors Errors
    {
        get => _errors ?? throw new InvalidOperationException($"{GetType().Name} was used before Setup.");
        set => _errors = value;
    }

    public virtual void Setup(OperatorContext context)
    {
        _context = context;
        if (_errors is null)
        {
            _errors = new OperatorErrors(new TaskErrors(context.JobName, UserCodeErrorPolicy.Fail), context.Uid, context.Name);
            _errors.Task.Open(context.TimeProvider, context.LoggerFactory, context.CancellationToken);
        }
    }

    /// <summary>Prepares the operator; <paramref name="restored"/> is its state in the checkpoint that the run starts from.</summary>
    public virtual void Open(ISnapshotReader? restored) { }

    /// <summary>
    /// Called before <see cref="Snapshot"/>, along the chain from its head: waits for or passes on what must not be in flight at the
    /// barrier.
    /// </summary>
    public virtual void PrepareSnapshot(long checkpointId) { }

    public virtual void Snapshot(long checkpointId, ISnapshotWriter writer) { }

    public virtual void NotifyCheckpointComplete(long checkpointId) { }

    /// <summary>
    /// Waits for what is under way outside of the task, where a host lets nothing be under way between operations; whether anything was.
    /// </summary>
    public virtual bool Settle() => false;

    /// <summary>The input has ended (the last watermark has been seen).</summary>
    public virtual void Finish() { }

    /// <summary>Windows that are open, for metrics; read by any thread, may be a moment old.</summary>
    public virtual long OpenWindows => 0;

    /// <summary>
    /// What the operator waits for, or does, that may never end, for people; read by any thread. <see langword="null"/> = nothing.
    /// </summary>
    public virtual ConnectorWait? Waiting => null;

    public virtual void Dispose() { }
}

/// <summary>An operator with a main output.</summary>
internal abstract class StreamOperator<TOut> : StreamOperator
{
    private OperatorOutput<TOut>? _output;

    /// <summary>Where results go; wired before <see cref="StreamOperator.Open"/>.</summary>
    public OperatorOutput<TOut> Output
    {
        get => _output ?? throw new InvalidOperationException($"{GetType().Name} has no output wired.");
        set
        {
            _output = value;
            value.KeepsRows = KeepsRows;
        }
    }

    /// <summary>
    /// Whether each record of a batch leads to the output record of the same index, so that one that fails further down the chain can be
    /// found.
    /// </summary>
    protected virtual bool KeepsRows => false;

    /// <summary>
    /// Whether an exception came out of a function of this operator, and not out of what its records were handed on to. For exception
    /// filters, which run before anything is unwound.
    /// </summary>
    protected bool IsOwn(Exception exception) => !Output.IsDelivering && !SideOutputs.IsDelivering && Errors.Concerns(exception);

    /// <summary>Deals with a record that a function threw for: it fails the run, or is left out with what it has emitted.</summary>
    protected void LeaveOut<T>(Exception cause, T value, long timestamp, int row)
    {
        Errors.OnRecord(cause, value, timestamp, row);
        DiscardBuffered();
    }

    /// <summary>The same for a record of a key.</summary>
    protected void LeaveOut<TKey, T>(Exception cause, TKey key, T value, long timestamp, int row)
    {
        Errors.OnKeyedRecord(cause, key, value, timestamp, row);
        DiscardBuffered();
    }

    /// <summary>Deals with what a function threw for that has no single record: the result of a window, a timer, a match.</summary>
    /// <param name="before">Records that were collected before.</param>
    protected void LeaveOutResult<TKey, T>(Exception cause, string subject, TKey key, string window, T value, long timestamp, int before)
    {
        Errors.OnResult(cause, subject, key, window, value, timestamp);
        Output.Discard(before);
    }

    private void DiscardBuffered()
    {
        Output.Discard(0);
        if (!SideOutputs.IsEmpty)
        {
            SideOutputs.Discard();
        }
    }

    /// <summary>Hands over what has been collected for the main and the side outputs.</summary>
    protected void EmitBuffered()
    {
        Output.EmitBuffered();
        if (!SideOutputs.IsEmpty)
        {
            SideOutputs.EmitBuffered();
        }
    }

    protected void EmitWatermark(long watermark)
    {
        Output.EmitWatermark(watermark);
        if (!SideOutputs.IsEmpty)
        {
            SideOutputs.EmitWatermark(watermark);
        }
    }

    protected void EmitIdle(bool idle)
    {
        Output.EmitIdle(idle);
        if (!SideOutputs.IsEmpty)
        {
            SideOutputs.EmitIdle(idle);
        }
    }

    protected void FlushOutputs()
    {
        Output.FlushAll();
        if (!SideOutputs.IsEmpty)
        {
            SideOutputs.Flush();
        }
    }
}
