using Millrace.Connectors;

namespace Millrace.Graph;

/// <summary>Operators chained between two shuffles; runs as <see cref="Parallelism"/> tasks.</summary>
internal sealed class Stage(int index, int parallelism)
{
    public int Index { get; } = index;

    public int Parallelism { get; set; } = parallelism;

    /// <summary>The nodes, each after those that feed it.</summary>
    public List<StreamNode> Nodes { get; } = [];

    /// <summary>Edges that come in from other stages, in a stable order.</summary>
    public List<StreamEdge> InputEdges { get; } = [];

    /// <summary>Edges that go out to other stages, in a stable order.</summary>
    public List<StreamEdge> OutputEdges { get; } = [];

    public bool IsSource => Nodes[0].Kind == NodeKind.Source;

    /// <summary>Stable name of the stage: the uid of its head.</summary>
    public string Uid { get; set; } = "";

    /// <summary>Name of the job's source that reads a resource; <see langword="null"/> = none does.</summary>
    public Func<Topic, string?> ReaderOf { get; set; } = static _ => null;

    public string Name => string.Join(" -> ", Nodes.Select(node => node.Name));
}
