using System.Buffers;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Errors;
using Millrace.Graph;
using Millrace.Operators;
using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.Time;

namespace Millrace.Durable.Tasks;

/// <summary>
/// The engine's side of a keyed task: runs a stage's operators on what the protocol applies and puts what they emit into the outbox. Its
/// snapshot is a task's part of a checkpoint, the same bytes as on the embedded host; where it is large, what is kept per key is in parts
/// that build on each other.
/// <code>
/// Created -> [Restore] -> { Apply, AdvanceWatermark, Snapshot }* -> Dispose
/// </code>
/// </summary>
internal sealed class DurableTaskLogic : ITaskLogic, IStageHost, IDurableSinkTarget, IDisposable
{
    public const int BatchSize = 256;

    private readonly DurableJobPlan _plan;
    private readonly Stage _stage;
    private readonly int _task;
    private readonly DurableServices _services;
    private readonly OutboxTarget _outbox = new();
    private readonly List<TaskEdgeOutput> _outputs = [];
    private readonly StageInstance _instance;
    private readonly TaskErrors _errors;
    private readonly Dictionary<string, (IDurableInput Input, IPreAggregatedInput? Partials, bool IsPositioned)> _inputs = new(
        StringComparer.Ordinal
    );
    private readonly List<(string Name, IInputPort Port)> _ports = [];
    private readonly DurableProcessingTime _processingTime;
    private readonly Dictionary<ChannelId, RecordSplit> _splits = [];
    private long _watermark = long.MinValue;
    private bool _open;

    // Which parts the next snapshot builds on; null = it says everything.
    private SnapshotChain? _chain;
    private long _snapshots;
    private long _snapshotBytes;

    public DurableTaskLogic(DurableJobPlan plan, Stage stage, int task, DurableServices services)
    {
        _plan = plan;
        _stage = stage;
        _task = task;
        _services = services;
        _processingTime = new DurableProcessingTime(services.Time);
        _errors = new TaskErrors(plan.Graph.Name, plan.Graph.ErrorPolicy, services.Originals);
        _instance = StageBuilder.Build(plan.Graph, stage, task, BatchSize, this, _errors);
        for (int i = 0; i < stage.InputEdges.Count; i++)
        {
            StreamEdge edge = stage.InputEdges[i];
            IInputPort port = _instance.Inputs[i];
            string uid = plan.Graph.UidOf(edge.To);
            IPreAggregatedInput? partials =
                _instance.Operators.First(instance => string.Equals(instance.Uid, uid, StringComparison.Ordinal)).Operator
                as IPreAggregatedInput;
            OperatorErrors errors = new(_errors, uid, edge.To.Name);
            _inputs.Add(
                edge.NameIn(plan.Graph),
                (edge.Accept(new DurableInputFactory(port, BatchSize, errors)), partials, plan.Graph.StageOf(edge.From).IsSource)
            );
            string portName = TaskWatermarks.PortName(plan.Graph, edge);
            if (!_ports.Exists(p => string.Equals(p.Name, portName, StringComparison.Ordinal)))
            {
                _ports.Add((portName, port));
            }
        }
    }

    /// <summary>Open windows, for status.</summary>
    public long OpenWindows => _instance.Operators.Sum(instance => instance.Operator.OpenWindows);

    /// <summary>Bytes of what is in parts, without what has been replaced: about.</summary>
    public long PartBytes => _chain?.BaseBytes ?? 0;

    private State.KeyGroupRange KeyGroups => State.KeyGroups.RangeOf(_task, _plan.Graph.MaxParallelism, _stage.Parallelism);

    public void Apply(in ChannelId channel, PayloadKind kind, ReadOnlyMemory<byte> payload, long after, ITaskOutput output)
    {
        BeginOperation(output);
        (IDurableInput input, IPreAggregatedInput? partials, bool positioned) = _inputs[channel.Edge];
        if (kind == PayloadKind.Whole)
        {
            (partials ?? throw NotPreAggregated(channel)).OnPartials(payload.Span);
        }
        else if (positioned)
        {
            input.ApplyPositioned(payload, after, SplitOf(channel));
        }
        else
        {
            input.ApplyRecords(payload.Span);
        }

        EndOperation();
    }

    public void AdvanceWatermark(long watermark, ITaskOutput output)
    {
        BeginOperation(output);
        if (watermark <= _watermark)
        {
            // The state came from a savepoint whose watermark the ledgers have not reached again.
            EndOperation();
            return;
        }

        _watermark = watermark;
        foreach ((_, IInputPort port) in _ports)
        {
            port.OnWatermark(watermark);
        }

        EndOperation();
    }

    /// <summary>Runs processing-time timers that are due.</summary>
    public void RunTimers(ITaskOutput output)
    {
        BeginOperation(output);
        EndOperation();
    }

    public LogicParts Snapshot(DataWriter writer, int wholeBytes)
    {
        EnsureOpen(restored: null);
        _instance.Prepare(checkpointId: 0);
        if (PartBytes + _snapshotBytes <= (_chain is null ? wholeBytes : wholeBytes / 2))
        {
            using TaskSnapshot whole = Write(plan: null);
            if (whole.Size <= wholeBytes)
            {
                _chain = null;
                Append(whole, writer);
                return LogicParts.None;
            }
        }

        // Whoever goes on with this logic goes on from its last snapshot: a batch that began with it, or the batch that took it.
        _chain ??= new SnapshotChain(KeyGroups, isIncremental: true, isApart: true);
        _chain.Confirm(_snapshots);
        using TaskSnapshot snapshot = Write(_chain.Plan(++_snapshots, isSelfContained: false));
        Append(snapshot, writer);
        return new LogicParts(snapshot.Keeps, [.. snapshot.Before.Select(part => part.Content.ToArray())]);
    }

    /// <summary>The last parts have become one, with those of the last snapshot.</summary>
    /// <param name="count">How many.</param>
    public void Merge(int count) => _chain?.Merge(count);

    public void Restore(ReadOnlyMemory<byte> snapshot, IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        string name = $"{_stage.Uid}[{_task}]";
        TaskSnapshotReader[] readers = [.. parts.Select(part => new TaskSnapshotReader(part, name, isBuiltOn: true))];
        _snapshotBytes = snapshot.Length;
        if (readers.Length > 0)
        {
            _chain = new SnapshotChain(KeyGroups, isIncremental: true, isApart: true);
            _chain.Continue(readers);
        }

        EnsureOpen([.. readers, new TaskSnapshotReader(snapshot, name)]);
    }

    /// <summary>Takes the state of a savepoint, whatever host and parallelism it was taken on.</summary>
    public void Restore(RestoredCheckpoint savepoint)
    {
        State.KeyGroupRange range = KeyGroups;
        Open(uid => savepoint.ReaderOf(uid, range));
    }

    public void Dispose() => _instance.Dispose();

    bool IStageHost.KeepsRecords => false;

    IInput<T> IStageHost.CreateRouter<T>(JobGraph graph, StreamEdge<T> edge, int taskIndex, OperatorErrors errors)
    {
        int targets = graph.StageOf(edge.To).Parallelism;
        TaskEdgeOutput<T> output = new(edge, edge.NameIn(graph), targets, BatchSize, _outbox);
        _outputs.Add(output);
        Partitioning<T> partitioning = edge.IsForward ? new FixedTargetPartitioning<T>(taskIndex % targets) : edge.Partitioning;
        return partitioning.CreateRouter(output, taskIndex, graph.MaxParallelism, errors);
    }

    StreamOperator IStageHost.CreateSink<T>(ISink<T> sink, string uid) => new DurableSinkOperator<T>((IDurableSink<T>)sink, uid, this);

    StreamOperator<T> IStageHost.CreateSource<T>(ISource<T> source, WatermarkStrategy<T> watermarks) =>
        throw new InvalidOperationException($"Stage '{_stage.Uid}' is keyed and has no source.");

    void IDurableSinkTarget.Emit(string sinkUid, ReadOnlySpan<byte> record) => _outbox.Current.Emit(sinkUid, record);

    private InvalidOperationException NotPreAggregated(in ChannelId channel) =>
        new(
            $"Task {_stage.Uid}/{_task} got pre-aggregated records on channel {channel}, but its operator takes single ones; a process "
                + $"with another build of job '{_plan.Graph.Name}' sent them: run one build."
        );

    // The partition that a channel from a source's stage belongs to.
    private RecordSplit SplitOf(in ChannelId channel)
    {
        if (!_splits.TryGetValue(channel, out RecordSplit? split))
        {
            string edge = channel.Edge;
            Stage source = _plan.Graph.StageOf(
                _stage.InputEdges.First(input => string.Equals(input.NameIn(_plan.Graph), edge, StringComparison.Ordinal)).From
            );
            _splits.Add(channel, split = _plan.SplitOf(source, channel.Upstream));
        }

        return split;
    }

    private void BeginOperation(ITaskOutput output)
    {
        _outbox.Current = output;
        EnsureOpen(restored: null);
        _processingTime.RunDue();
    }

    private void EndOperation()
    {
        _instance.Flush();
        foreach (OperatorInstance instance in _instance.Operators)
        {
            if (instance.Operator.Settle())
            {
                _instance.Flush();
            }
        }

        foreach (TaskEdgeOutput output in _outputs)
        {
            output.EndOperation();
        }
    }

    private void EnsureOpen(IReadOnlyList<TaskSnapshotReader>? restored)
    {
        if (_open)
        {
            return;
        }

        State.KeyGroupRange range = KeyGroups;
        Open(uid => restored is null ? null : MergedSnapshotReader.Create(restored, uid, range, goesOn: restored.Count > 1));
    }

    private TaskSnapshot Write(SnapshotPlan? plan)
    {
        using TaskSnapshotWriter sections = new(plan);
        _instance.Snapshot(checkpointId: 0, sections.Operator);
        TaskWatermarks.Write(sections, _stage, _ports.Select(port => (port.Name, _watermark)));
        return sections.Complete();
    }

    private void Append(TaskSnapshot snapshot, DataWriter writer)
    {
        _snapshotBytes = snapshot.Size;
        foreach (ReadOnlyMemory<byte> part in snapshot.Content)
        {
            writer.WriteRaw(part.Span);
        }
    }

    private void Open(Func<string, ISnapshotReader?> restoredOf)
    {
        _open = true;
        _instance.Open(_services.ContextOf(_plan, _stage, _task, _stage.Parallelism, _processingTime), restoredOf);
        Dictionary<string, long> watermarks = TaskWatermarks.Read(restoredOf(TaskWatermarks.UidOf(_stage)));
        foreach ((string name, IInputPort port) in _ports)
        {
            if (watermarks.TryGetValue(name, out long watermark) && watermark > long.MinValue)
            {
                _watermark = Math.Max(_watermark, watermark);
                port.OnWatermark(watermark);
            }
        }
    }
}

/// <summary>Makes the <see cref="DurableInput{T}"/> of an edge.</summary>
internal sealed class DurableInputFactory(IInputPort port, int batchSize, OperatorErrors errors) : IStreamEdgeVisitor<IDurableInput>
{
    public IDurableInput Visit<T>(StreamEdge<T> edge) => new DurableInput<T>(edge, port, batchSize, errors);
}
