using System.Globalization;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Graph;
using Millrace.Time;

namespace Millrace.Durable.Tasks;

/// <summary>
/// A job as a trigger-driven host runs it: what is a trigger, what is an entity, and the channels between them. Everything that such a host
/// cannot do is refused here, all at once.
/// </summary>
internal sealed class DurableJobPlan
{
    private const int PartitionBits = 20;
    private readonly Dictionary<string, IReadOnlyList<Topic>> _topics = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Stage> _targets = new(StringComparer.Ordinal);

    /// <param name="graph">The job.</param>
    /// <param name="incarnation">Name of the job's state in envelopes: the job, and a number that changes when it starts from a savepoint
    /// or anew, so that old envelopes are foreign.</param>
    /// <param name="topics">Names of the topics by the source's uid, in the order in which the job's state numbers them;
    /// <see langword="null"/> = the state begins now, in the sources' own order.</param>
    /// <exception cref="JobValidationException">The job has parts that such a host cannot run.</exception>
    public DurableJobPlan(JobGraph graph, string incarnation, IReadOnlyDictionary<string, IReadOnlyList<string>>? topics = null)
    {
        List<string> errors = [];
        foreach (StreamNode node in graph.Nodes)
        {
            DurableConnectors.Validate(node, errors);
            if (node.PreAggregation is not null && !node.Inputs.Exists(edge => graph.StageOf(edge.From).IsSource))
            {
                errors.Add(
                    $"Operator '{node.Name}' asks for pre-aggregation at the source, but its records come from other keyed tasks; leave "
                        + "out PreAggregate()."
                );
            }

            if (node.AheadOutput is { } ahead)
            {
                errors.Add(
                    $"'{node.Name}' sends records that are too far ahead to side output '{ahead}', but on this host an envelope may be "
                        + "made again, when the same records would be judged otherwise; leave out "
                        + "WithSideOutputAheadData: the records stay "
                        + "in the stream, are counted and do not move the watermark."
                );
            }

            if (node.IsStateful && graph.StageOf(node).IsSource)
            {
                errors.Add(
                    $"Operator '{node.Name}' keeps state in a source's stage, which is stateless on this host; cut the graph with "
                        + "stateless sources."
                );
            }
        }

        foreach (Stage stage in graph.Stages)
        {
            CheckWatermarks(stage, errors);
        }

        if (errors.Count > 0)
        {
            throw new JobValidationException(graph.Name, errors);
        }

        Graph = graph;
        Incarnation = incarnation;
        Sources = [.. graph.Stages.Where(stage => stage.IsSource)];
        KeyedStages = [.. graph.Stages.Where(stage => !stage.IsSource)];
        foreach (Stage stage in KeyedStages)
        {
            foreach (StreamEdge edge in stage.InputEdges)
            {
                _targets.Add(edge.NameIn(graph), stage);
            }
        }

        foreach (Stage source in Sources)
        {
            IReadOnlyList<Topic> own = SourceOf(source).Topics;
            _topics[source.Uid] = topics?.GetValueOrDefault(source.Uid) is { } order
                ? [.. order.Select(name => own.First(topic => string.Equals(topic.Name, name, StringComparison.Ordinal)))]
                : own;
        }
    }

    public JobGraph Graph { get; }

    public ProtocolOptions Protocol { get; init; } = new();

    public string Incarnation { get; }

    public IReadOnlyList<Stage> Sources { get; }

    public IReadOnlyList<Stage> KeyedStages { get; }

    /// <summary>The topics of a source, in the order of their numbers: it stays, however the job lists them.</summary>
    public IReadOnlyList<Topic> TopicsOf(Stage source) => _topics[source.Uid];

    /// <summary>Number of a source partition among the channels of its stage; stays when topics are added.</summary>
    public static int UpstreamOf(int topicIndex, int partition)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(partition, 1 << PartitionBits);
        return (topicIndex << PartitionBits) | partition;
    }

    /// <summary>Topic index and partition of a channel's number.</summary>
    public static (int TopicIndex, int Partition) PartitionOf(int upstream) =>
        (upstream >> PartitionBits, upstream & ((1 << PartitionBits) - 1));

    /// <summary>The topic and partition of a source that a channel's number stands for.</summary>
    public (string Topic, int Partition) PartitionOf(Stage source, int upstream)
    {
        (int topic, int partition) = PartitionOf(upstream);
        return (TopicsOf(source)[topic].Name, partition);
    }

    /// <summary>A partition of a source, for messages.</summary>
    public string Describe(Stage source, int upstream)
    {
        (string topic, int partition) = PartitionOf(source, upstream);
        return string.Create(CultureInfo.InvariantCulture, $"{topic}-{partition}");
    }

    /// <summary>A partition of a source, as errors name it.</summary>
    public RecordSplit SplitOf(Stage source, int upstream)
    {
        (int topicIndex, int partition) = PartitionOf(upstream);
        string topic = TopicsOf(source)[topicIndex].Name;
        return new RecordSplit(Graph.UidOf(source.Nodes[0]), Describe(source, upstream), topic, partition);
    }

    /// <summary>Whether the source sends payloads that apply whole, so that all its batches are planned.</summary>
    public static bool IsPlanned(Stage source) => source.OutputEdges.Exists(edge => edge.To.PreAggregation is not null);

    /// <summary>Names of the edges whose records are combined at their source, in a stable order.</summary>
    public static IReadOnlyList<string> PreAggregatedEdges(JobGraph graph) =>
        [
            .. graph
                .Stages.Where(stage => stage.IsSource)
                .SelectMany(source => source.OutputEdges)
                .Where(edge => edge.To.PreAggregation is not null)
                .Select(edge => edge.NameIn(graph))
                .Order(StringComparer.Ordinal),
        ];

    /// <summary>Whether the task is fed by a source, so that ticks tell it of progress.</summary>
    public bool IsFedBySource(Stage stage) => stage.InputEdges.Exists(edge => Graph.StageOf(edge.From).IsSource);

    /// <summary>The stage that an edge leads to.</summary>
    public Stage TargetOf(in ChannelId channel) =>
        _targets.TryGetValue(channel.Edge, out Stage? stage)
            ? stage
            : throw new InvalidOperationException($"Job '{Graph.Name}' has no edge '{channel.Edge}'.");

    /// <summary>The stage that an edge comes from.</summary>
    public Stage SenderOf(in ChannelId channel)
    {
        string edge = channel.Edge;
        return Graph.Stages.FirstOrDefault(stage =>
                stage.OutputEdges.Exists(output => string.Equals(output.NameIn(Graph), edge, StringComparison.Ordinal))
            ) ?? throw new InvalidOperationException($"Job '{Graph.Name}' has no edge '{edge}'.");
    }

    /// <summary>The messages that carry envelopes to their tasks, those for one task together.</summary>
    public IEnumerable<(Stage Stage, int Task, byte[] Message)> Pack(IEnumerable<Envelope> envelopes) =>
        envelopes
            .GroupBy(envelope => (Stage: TargetOf(envelope.Channel), Task: envelope.Channel.Downstream))
            .SelectMany(target => EnvelopeCodec.Pack(target), (target, message) => (target.Key.Stage, target.Key.Task, message));

    public KeyedTaskOptions OptionsOf(Stage stage, int task) =>
        new()
        {
            Job = Incarnation,
            Stage = stage.Uid,
            Task = task,
            Inputs = [.. stage.InputEdges.Select(edge => InputOf(edge))],
            Outputs = [.. stage.OutputEdges.Select(edge => new OutputEdge(edge.NameIn(Graph), Graph.StageOf(edge.To).Parallelism))],
            MaxHeldBackBytes = Protocol.MaxHeldBackBytes,
            Guards = Protocol.Guards,
        };

    /// <summary>The source at the head of a stage.</summary>
    public static IRawRecordSource SourceOf(Stage stage) => (IRawRecordSource)stage.Nodes[0].Source!;

    /// <summary>The sinks of a stage by uid.</summary>
    public IEnumerable<(string Uid, IDurableSink Sink)> SinksOf(Stage stage) =>
        stage.Nodes.Where(node => node.Sink is not null).Select(node => (Graph.UidOf(node), (IDurableSink)node.Sink!));

    /// <summary>After having nothing to process for this long a partition of the source is idle; <see langword="null"/> = never.</summary>
    public static TimeSpan? IdleTimeoutOf(Stage source) => AssignerOf(source).IdleTimeout;

    /// <summary>How event time goes on while all partitions of the source are quiet; <see langword="null"/> = not at all.</summary>
    public static IdleClock? IdleClockOf(Stage source) => AssignerOf(source).IdleClock;

    private static StreamNode AssignerOf(Stage source) => source.Nodes.Find(node => node.AssignsWatermarks) ?? source.Nodes[0];

    // A partition has one watermark, kept in its ledger, and a keyed task that of its channels.
    private static void CheckWatermarks(Stage stage, List<string> errors)
    {
        StreamNode[] assigners = [.. stage.Nodes.Where(node => node.AssignsWatermarks)];
        if (assigners.Length == 0)
        {
            return;
        }

        if (!stage.IsSource)
        {
            errors.Add(
                $"Operator '{assigners[0].Name}' assigns watermarks behind a shuffle, but on this host event time comes from the sources' "
                    + "partitions; assign them at the source or right behind it."
            );
        }
        else if (assigners.Length > 1)
        {
            errors.Add(
                $"Source '{stage.Nodes[0].Name}' has {assigners.Length} operators that assign watermarks, expected one: a partition has "
                    + "one event time on this host; assign them once, or read the topic with two sources."
            );
        }
        else if (stage.OutputEdges.Find(edge => !IsBehind(edge.From, assigners[0])) is { } edge)
        {
            errors.Add(
                $"Operator '{assigners[0].Name}' assigns watermarks for a part of what source '{stage.Nodes[0].Name}' feeds, but not for "
                    + $"'{edge.To.Name}'; assign them at the source, or read the topic with two sources."
            );
        }
    }

    private static bool IsBehind(StreamNode node, StreamNode assigner) =>
        node == assigner || node.Inputs.Exists(edge => IsBehind(edge.From, assigner));

    private InputEdge InputOf(StreamEdge edge)
    {
        Stage from = Graph.StageOf(edge.From);
        return new InputEdge(edge.NameIn(Graph), from.IsSource, from.IsSource ? 0 : from.Parallelism);
    }
}
