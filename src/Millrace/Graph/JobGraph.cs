using Millrace.Connectors;
using Millrace.Errors;

namespace Millrace.Graph;

/// <summary>A validated job: nodes with final uids, cut into stages.</summary>
internal sealed class JobGraph
{
    private readonly Dictionary<StreamNode, Stage> _stageOf;
    private readonly Dictionary<StreamNode, string> _uids;

    public JobGraph(
        string name,
        int maxParallelism,
        IReadOnlyList<StreamNode> nodes,
        Dictionary<StreamNode, string> uids,
        IReadOnlyList<Stage> stages
    )
    {
        Name = name;
        MaxParallelism = maxParallelism;
        Nodes = nodes;
        Stages = stages;
        _uids = uids;
        foreach (Stage stage in stages)
        {
            stage.ReaderOf = ReaderOf;
        }

        _stageOf = stages
            .SelectMany(stage => stage.Nodes.Select(node => (node, stage)))
            .ToDictionary(pair => pair.node, pair => pair.stage);
    }

    public string Name { get; }

    public int MaxParallelism { get; }

    /// <summary>Whether readers of a stream share its objects (<c>EnableObjectReuse</c>).</summary>
    public bool ReusesObjects { get; init; }

    /// <summary>What may be a mistake.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    public IReadOnlyList<StreamNode> Nodes { get; }

    /// <summary>What happens when user code throws.</summary>
    public UserCodeErrorPolicy ErrorPolicy { get; init; } = UserCodeErrorPolicy.Fail;

    /// <summary>The stages, each after those that feed it.</summary>
    public IReadOnlyList<Stage> Stages { get; }

    /// <summary>Name of the source that reads a topic; <see langword="null"/> = none does.</summary>
    public string? ReaderOf(Topic topic) => Nodes.FirstOrDefault(node => node.Source?.Reads(topic) == true)?.Name;

    public Stage StageOf(StreamNode node) => _stageOf[node];

    public string UidOf(StreamNode node) => _uids[node];

    /// <summary>Number of tasks that send to one task on an edge: one for a forward edge, else all.</summary>
    public int SendersOf(StreamEdge edge) => IsOneToOne(edge) ? 1 : StageOf(edge.From).Parallelism;

    /// <summary>Whether task i sends to task i alone.</summary>
    public bool IsOneToOne(StreamEdge edge) => edge.IsForward && StageOf(edge.To).Parallelism == StageOf(edge.From).Parallelism;

    /// <summary>How records are spread on an edge: forward becomes rebalance where the number of tasks changes, as in Flink.</summary>
    public Partitioning<T> PartitioningOf<T>(StreamEdge<T> edge) =>
        edge.IsForward && !IsOneToOne(edge) ? new RebalancePartitioning<T>(rescale: false) : edge.Partitioning;

    public bool IsChained(StreamEdge edge) => _stageOf[edge.From] == _stageOf[edge.To];
}
