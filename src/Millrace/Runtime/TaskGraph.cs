using Millrace.Connectors;
using Millrace.Errors;
using Millrace.Graph;
using Millrace.Operators;
using Millrace.Operators.Connectors;
using Millrace.Time;

namespace Millrace.Runtime;

/// <summary>All tasks of one run, with the channels between them.</summary>
internal sealed class TaskGraph : IDisposable
{
    private readonly JobGraph _graph;
    private readonly ExecutionOptions _options;
    private readonly Dictionary<Stage, InputGate[]> _gates = [];

    // Number of an edge's first channel in the gates of the receiving tasks.
    private readonly Dictionary<StreamEdge, int> _firstChannel = [];

    private TaskGraph(JobGraph graph, TaskSettings settings, bool blocking)
    {
        _graph = graph;
        _options = settings.Options;
        foreach (Stage stage in graph.Stages)
        {
            int channels = 0;
            foreach (StreamEdge edge in stage.InputEdges)
            {
                _firstChannel.Add(edge, channels);
                channels += graph.SendersOf(edge);
            }

            _gates.Add(
                stage,
                [.. Enumerable.Range(0, stage.Parallelism).Select(_ => new InputGate(channels, _options.ChannelCapacity, blocking))]
            );
        }

        Tasks =
        [
            .. graph.Stages.SelectMany(stage => Enumerable.Range(0, stage.Parallelism).Select(index => CreateTask(stage, index, settings))),
        ];
    }

    /// <summary>The tasks, each after those that feed it.</summary>
    public IReadOnlyList<StreamTask> Tasks { get; }

    /// <param name="graph">The job.</param>
    /// <param name="settings">What all tasks share.</param>
    /// <param name="blocking">Whether each task has a thread of its own, so that senders may wait for credit.</param>
    public static TaskGraph Create(JobGraph graph, TaskSettings settings, bool blocking) => new(graph, settings, blocking);

    /// <summary>Ends all waits between tasks.</summary>
    public void CloseGates()
    {
        foreach (InputGate gate in _gates.Values.SelectMany(gates => gates))
        {
            gate.Close();
        }
    }

    public void Dispose()
    {
        foreach (StreamTask task in Tasks)
        {
            task.Dispose();
        }
    }

    private StreamTask CreateTask(Stage stage, int index, TaskSettings shared)
    {
        TaskSettings settings = shared with { Metrics = new TaskMetrics() };
        StageHost host = new(this, settings.Metrics);
        TaskErrors errors = new(_graph.Name, _graph.ErrorPolicy, settings.Originals is { } originals ? originals.Read : null);
        StageInstance instance = StageBuilder.Build(_graph, stage, index, _options.BatchSize, host, errors);
        TaskId id = new(stage.Uid, index);
        InputGate gate = _gates[stage][index];
        return stage.IsSource
            ? new SourceTask(id, instance, gate, host.Created, settings)
            : new ProcessingTask(id, instance, gate, host.Created, settings, _graph);
    }

    private sealed class StageHost(TaskGraph owner, TaskMetrics metrics) : IStageHost
    {
        public List<ChannelOutput> Created { get; } = [];

        public bool KeepsRecords => true;

        public IInput<T> CreateRouter<T>(JobGraph graph, StreamEdge<T> edge, int taskIndex, OperatorErrors errors)
        {
            InputGate[] gates = owner._gates[graph.StageOf(edge.To)];
            int first = owner._firstChannel[edge];
            bool oneToOne = graph.IsOneToOne(edge);
            InputGate[] targets = oneToOne ? [gates[taskIndex]] : gates;
            int channel = oneToOne ? first : first + taskIndex;
            ChannelOutput<T> output = new(
                edge,
                targets,
                [.. targets.Select(_ => channel)],
                graph.StageOf(edge.From).Parallelism,
                owner._options.BatchSize,
                metrics,
                copies: !graph.ReusesObjects
            );
            Created.Add(output);
            Partitioning<T> partitioning = graph.PartitioningOf(edge);
            return errors.Task.IsTracing
                ? new TracedRouter<T>(
                    output,
                    traced => partitioning.CreateRouter(traced, taskIndex, graph.MaxParallelism, errors),
                    errors.Task
                )
                : partitioning.CreateRouter(output, taskIndex, graph.MaxParallelism, errors);
        }

        public StreamOperator CreateSink<T>(ISink<T> sink, string uid) => new SinkOperator<T>(sink);

        public StreamOperator<T> CreateSource<T>(ISource<T> source, WatermarkStrategy<T> watermarks) =>
            new SourceOperator<T>(source, watermarks);
    }
}
