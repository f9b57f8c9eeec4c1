using Millrace.Connectors;
using Millrace.Operators;
using Millrace.Operators.Windows;
using Millrace.Time;

namespace Millrace.Graph;

/// <summary>An operator as declared: what it is called, where its records come from and how to make a running instance.</summary>
internal abstract class StreamNode(int id, NodeKind kind, string name)
{
    public int Id { get; } = id;

    public NodeKind Kind { get; } = kind;

    public string Name { get; set; } = name;

    /// <summary>The uid that the user gave, if any.</summary>
    public string? UserUid { get; set; }

    /// <summary>The parallelism that the user gave, if any.</summary>
    public int? UserParallelism { get; set; }

    /// <summary>Whether the user asked for a stage of its own (<c>StartNewChain</c>).</summary>
    public bool StartsNewChain { get; set; }

    /// <summary>Whether the operator can only run as one task (<c>WindowAll</c>).</summary>
    public bool IsSingleTask { get; set; }

    /// <summary>Whether the operator keeps state, so that its uid must stay the same for the life of the job.</summary>
    public bool IsStateful { get; init; }

    /// <summary>Whether the operator makes event time anew, in place of the watermarks that come in.</summary>
    public bool AssignsWatermarks { get; init; }

    /// <summary>When a stream that <see cref="AssignsWatermarks"/> is idle; <see langword="null"/> = never.</summary>
    public virtual TimeSpan? IdleTimeout { get; init; }

    /// <summary>How event time goes on while such a stream is quiet; <see langword="null"/> = not at all.</summary>
    public virtual IdleClock? IdleClock { get; init; }

    /// <summary>
    /// Side output for records that are too far ahead, where the operator makes event time; <see langword="null"/> = none.
    /// </summary>
    public virtual string? AheadOutput { get; init; }

    /// <summary>
    /// Whether the operator waits for something outside (asynchronous requests), so that a host without a thread per task lends it one for
    /// each operation.
    /// </summary>
    public bool NeedsThread { get; init; }

    /// <summary>Whether the node is the stage's own sink for dead letters, which no edge leads to.</summary>
    public bool IsDeadLetterSink { get; init; }

    /// <summary>Whether those are letters of the stage's source, and not of user code.</summary>
    public bool TakesUnreadable { get; init; }

    /// <summary>
    /// How a source task may combine records on their way to this operator; <see langword="null"/> = it sends them one by one.
    /// </summary>
    public PreAggregation? PreAggregation { get; init; }

    /// <summary>
    /// Side outputs that the declaration says are written, such as the late records of a window. What a function writes by itself is not
    /// known.
    /// </summary>
    public List<(string Id, Type Type)> WrittenSideOutputs { get; } = [];

    /// <summary>Function objects that the user gave, of which each task gets a copy.</summary>
    public List<object> Functions { get; } = [];

    public List<StreamEdge> Inputs { get; } = [];

    public List<StreamEdge> Outputs { get; } = [];

    /// <summary>What the node reads, where it is a source.</summary>
    public virtual ISource? Source => null;

    /// <summary>What the node writes, where it is a sink.</summary>
    public virtual ISink? Sink => null;

    /// <summary>The topics that a source reads or a sink writes.</summary>
    public IReadOnlyList<Topic> Topics => Source?.Topics ?? Sink?.Topics ?? [];

    /// <summary>A new instance of the operator; a host may put its own in place of sources and sinks.</summary>
    public abstract StreamOperator CreateOperator(IStageHost host, string uid);

    /// <summary>Connects an instance's main output.</summary>
    public abstract void WireOutput(StreamOperator instance, StageBuilder builder);
}

/// <summary>A node with a main output.</summary>
internal class StreamNode<TOut>(int id, NodeKind kind, string name, Func<IStageHost, StreamOperator<TOut>> factory)
    : StreamNode(id, kind, name)
{
    /// <summary>A node whose operator is the same on every host.</summary>
    public StreamNode(int id, NodeKind kind, string name, Func<StreamOperator<TOut>> factory)
        : this(id, kind, name, _ => factory()) { }

    public override StreamOperator CreateOperator(IStageHost host, string uid) => factory(host);

    public override void WireOutput(StreamOperator instance, StageBuilder builder) =>
        ((StreamOperator<TOut>)instance).Output = builder.OutputOf<TOut>(this, sideTag: null, instance.PassesRecordsOn);
}

/// <summary>What a node does in the graph.</summary>
internal enum NodeKind
{
    Source,
    Operator,
    Sink,
}
