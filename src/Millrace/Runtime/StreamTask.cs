using Millrace.Checkpoints;
using Millrace.Graph;
using Millrace.Operators;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Runtime;

/// <summary>
/// One parallel instance of a stage.
/// <code>
/// Created -> Open -> Running -> [Finished: all input seen, still answers checkpoints] -> Stopped -> Disposed
///                      \-> Failed -> Disposed
/// </code>
/// All members but <see cref="Gate"/> and <see cref="Metrics"/> are used by one thread at a time: the task's own, or the one that runs all
/// tasks in turn.
/// </summary>
internal abstract class StreamTask(
    TaskId id,
    StageInstance stage,
    InputGate gate,
    IReadOnlyList<ChannelOutput> outputs,
    TaskSettings settings
) : IDisposable
{
    // A busy task gives a quarter of its time to a snapshot, so that records do not pile up meanwhile; one that is not, all of it.
    private const int WorkPerSlice = 3;

    public TaskId Id { get; } = id;

    public InputGate Gate { get; } = gate;

    public StageInstance Stage { get; } = stage;

    public TaskMetrics Metrics { get; } = settings.Metrics;

    public bool IsStopped { get; private set; }

    private bool IsFinished { get; set; }

    private readonly SnapshotChain _chain = new(
        KeyGroups.RangeOf(id.Index, settings.MaxParallelism, stage.Stage.Parallelism),
        settings.Options.IncrementalCheckpoints
    );
    private SnapshotUnderWay? _snapshot;
    private IStateStore? _store;

    protected TaskSettings Settings { get; } = settings;

    protected TaskProcessingTime ProcessingTime { get; } = new(settings.Time, gate);

    public void Open()
    {
        Stage.Open(
            instance => new OperatorContext(
                Settings.JobName,
                instance.Uid,
                instance.Name,
                Id.Index,
                Stage.Stage.Parallelism,
                Settings.MaxParallelism,
                Settings.Options.BatchSize,
                Settings.Time,
                ProcessingTime,
                Settings.LoggerFactory,
                Settings.CancellationToken
            )
            {
                ReaderOf = Stage.Stage.ReaderOf,
                ReusesObjects = Settings.Options.ObjectReuse,
                StateStore = () => _store ??= Settings.Options.StateBackend.Open(Settings.JobName, Id.ToString()),
            },
            uid => Settings.Restored.ReaderOf(uid, Stage.Stage, Id.Index)
        );
        if (Settings.Restored.PartsToBuildOn(Stage.Stage, Id.Index) is { Count: > 0 } parts)
        {
            _chain.Continue([.. parts.Select(static each => each.Reader)]);
        }

        _store?.EndFilling();
        OnOpened();
        Settings.Listener.OnOpened(Id);
    }

    /// <summary>Does what there is to do, a batch at most, and some of a snapshot under way. Returns whether there was anything.</summary>
    /// <param name="mayWait">Whether to wait for input when there is nothing.</param>
    public bool Step(bool mayWait)
    {
        if (_snapshot is not { } snapshot)
        {
            return Work(mayWait);
        }

        long started = Settings.Time.GetTimestamp();
        bool worked = Work(mayWait: false);
        snapshot.Worked += worked ? Settings.Time.GetElapsedTime(started) : TimeSpan.Zero;
        if (_snapshot == snapshot && !IsStopped && (!worked || snapshot.Worked >= Settings.Slice.Time * WorkPerSlice))
        {
            // A batch of slow records takes as long as many slices.
            TimeSpan slice = TimeSpan.FromTicks(Math.Max(Settings.Slice.Time.Ticks, snapshot.Worked.Ticks / WorkPerSlice));
            snapshot.Worked = TimeSpan.Zero;
            Write(snapshot, slice);
        }

        return true;
    }

    /// <inheritdoc cref="Step"/>
    protected abstract bool Work(bool mayWait);

    public virtual void Dispose()
    {
        _snapshot?.Writer.Dispose();
        ProcessingTime.Dispose();
        Stage.Dispose();
        _store?.Dispose();
    }

    protected abstract void OnOpened();

    protected abstract void OnCommand(TaskCommand command);

    /// <summary>Carries out commands that wait. Returns whether there were any.</summary>
    protected bool RunCommands()
    {
        bool any = false;
        while (!IsStopped && Gate.TryTakeCommand(out TaskCommand? command))
        {
            any = true;
            switch (command)
            {
                case TaskCommand.CheckpointComplete complete:
                    _chain.Confirm(complete.CheckpointId);
                    Stage.NotifyCheckpointComplete(complete.CheckpointId);
                    break;
                case TaskCommand.Stop:
                    IsStopped = true;
                    Settings.Listener.OnStopped(Id);
                    break;
                default:
                    OnCommand(command!);
                    break;
            }
        }

        return any;
    }

    /// <summary>
    /// Runs the processing-time timers that are due. After the end of input none fires any more, as in Flink: its results would come after
    /// the end.
    /// </summary>
    protected bool RunTimers() => !IsFinished && ProcessingTime.RunDue();

    /// <summary>
    /// Begins the task's part of a checkpoint and lets the barrier go on. What is kept per key is written while the task goes on.
    /// </summary>
    protected void TakeSnapshot(CheckpointBarrier barrier)
    {
        // A checkpoint that was given up.
        _snapshot?.Writer.Dispose();
        _snapshot = null;
        Stage.Flush();
        Stage.Prepare(barrier.CheckpointId);
        Stage.Flush();
        foreach (ChannelOutput output in outputs)
        {
            output.BroadcastBarrier(barrier);
        }

        SnapshotPlan plan = _chain.Plan(barrier.CheckpointId, barrier.IsSelfContained);
        SnapshotUnderWay snapshot = new(barrier.CheckpointId, plan, Settings.Time.GetTimestamp());
        _snapshot = snapshot;
        Stage.Snapshot(barrier.CheckpointId, snapshot.Writer.Operator);
        WriteTaskState(snapshot.Writer);
        Write(snapshot, Settings.Slice.Time);
    }

    private void Write(SnapshotUnderWay snapshot, TimeSpan slice)
    {
        long started = Settings.Time.GetTimestamp();
        bool isWritten;
        do
        {
            int budget = Settings.Slice.Budget;
            isWritten = snapshot.Writer.Advance(ref budget);
        } while (!isWritten && Settings.Time.GetElapsedTime(started) < slice);

        if (isWritten)
        {
            _snapshot = null;
            Settings.Listener.OnSnapshot(Id, snapshot.CheckpointId, snapshot.Writer.Complete(), snapshot.StartedTimestamp);
        }
    }

    protected virtual void WriteTaskState(TaskSnapshotWriter writer) { }

    /// <summary>Ends the input: the operators finish and the tasks downstream are told.</summary>
    protected void FinishInput()
    {
        IsFinished = true;
        Stage.Finish();
        Stage.Flush();
        foreach (ChannelOutput output in outputs)
        {
            output.BroadcastEndOfInput();
        }

        Settings.Listener.OnFinished(Id);
    }

    private sealed class SnapshotUnderWay(long checkpointId, SnapshotPlan plan, long startedTimestamp)
    {
        public long CheckpointId { get; } = checkpointId;

        public TaskSnapshotWriter Writer { get; } = new(plan);

        public long StartedTimestamp { get; } = startedTimestamp;

        /// <summary>For how long the task has worked since it last wrote.</summary>
        public TimeSpan Worked { get; set; }
    }
}
