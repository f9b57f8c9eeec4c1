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
