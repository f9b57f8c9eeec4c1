using Millrace.Batches;
using Millrace.Errors;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>Records flow from one node to an input of another.</summary>
internal abstract class StreamEdge(StreamNode from, string? sideTag, StreamNode to, int port)
{
    public StreamNode From { get; } = from;

    /// <summary>Id of the side output that feeds the edge; <see langword="null"/> = the main output.</summary>
    public string? SideTag { get; } = sideTag;

    public StreamNode To { get; } = to;

    /// <summary>Index of the input of <see cref="To"/>.</summary>
    public int Port { get; } = port;

    public abstract string PartitioningName { get; }

    /// <summary>Whether task i sends to task i alone, so that the two nodes may be chained.</summary>
    public abstract bool IsForward { get; }

    /// <summary>Whether the user asked for forward by name, so that a shuffle in its place would be a surprise.</summary>
    public bool IsExplicitForward { get; init; }

    public abstract Type RecordType { get; }

    /// <summary>Number of the edge in the job, set when the graph is cut into stages.</summary>
    public int Index { get; set; } = -1;

    /// <summary>An empty batch of the kind that travels on the edge.</summary>
    public abstract RecordBatch CreateBatch(int capacity);

    /// <summary>Connects the side output that feeds this edge, once per tag.</summary>
    public abstract void WireSideOutput(StreamOperator instance, StageBuilder builder);

    /// <summary>The edge's name, unique in the job and stable as long as its operators' uids are.</summary>
    public string NameIn(JobGraph graph) => $"{graph.UidOf(From)}{(SideTag is null ? "" : "~" + SideTag)}>{graph.UidOf(To)}.{Port}";

    /// <summary>Calls a visitor with the edge's type.</summary>
    public abstract TResult Accept<TResult>(IStreamEdgeVisitor<TResult> visitor);

    /// <summary>The input of a running instance of <see cref="To"/>, as seen by a host that delivers batches.</summary>
    public abstract IInputPort CreatePort(StreamOperator instance, TaskErrors errors);
}

/// <summary>A typed edge.</summary>
internal sealed class StreamEdge<T>(StreamNode from, string? sideTag, StreamNode to, int port, Partitioning<T> partitioning)
    : StreamEdge(from, sideTag, to, port)
{
    public Partitioning<T> Partitioning { get; } = partitioning;

    public override string PartitioningName => Partitioning.Name;

    public override bool IsForward => Partitioning.IsForward;

    public override Type RecordType => typeof(T);

    public override RecordBatch CreateBatch(int capacity) => Partitioning.CreateBatch(capacity);

    public override void WireSideOutput(StreamOperator instance, StageBuilder builder) =>
        instance.SideOutputs.Add(SideTag!, builder.OutputOf<T>(From, SideTag));

    public override TResult Accept<TResult>(IStreamEdgeVisitor<TResult> visitor) => visitor.Visit(this);

    public override IInputPort CreatePort(StreamOperator instance, TaskErrors errors) =>
        errors.IsTracing
            ? new TracedInputPort<T>(InputOf(instance), Partitioning.CreateBatch(1), errors)
            : new InputPort<T>(InputOf(instance));

    /// <summary>The typed input of a running instance of <see cref="StreamEdge.To"/>.</summary>
    public IInput<T> InputOf(StreamOperator instance) =>
        instance switch
        {
            IInput<T> input when Port == 0 => input,
            ITwoInputs two => (IInput<T>)two.InputAt(Port),
            _ => throw new InvalidOperationException(
                $"Operator '{To.Name}' ({instance.GetType().Name}) has no input {Port} for {typeof(T)}."
            ),
        };
}

/// <summary>
/// Makes something of an edge whose record type is known only to itself, so that the graph need not know what hosts make of it.
/// </summary>
internal interface IStreamEdgeVisitor<out TResult>
{
    TResult Visit<T>(StreamEdge<T> edge);
}
