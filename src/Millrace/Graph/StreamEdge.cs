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
