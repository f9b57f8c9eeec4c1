namespace Millrace.Embedded.Infrastructure;

/// <summary>
/// What is deployed around the jobs of an app: <c>generated/job.json</c>. Topics and sources come from the graphs; the rest are decisions,
/// which the file remembers.
/// </summary>
internal sealed record Topology
{
    /// <summary>Names of the jobs that the app runs.</summary>
    public required IReadOnlyList<string> Jobs { get; init; }

    /// <summary>Parameters of the jobs, which become app settings.</summary>
    public required IReadOnlyDictionary<string, string> Settings { get; init; }

    /// <summary>Tasks per keyed stage.</summary>
    public required int Parallelism { get; init; }

    /// <summary>Records of lag that one instance is expected to carry.</summary>
    public required int LagThreshold { get; init; }

    /// <summary>Name of the Durable task hub.</summary>
    public required string TaskHub { get; init; }

    /// <summary>Where the task hub is; a file that does not say was written when there was only one.</summary>
    public DurableBackend Backend { get; init; }

    /// <summary>Number of the hub's control queues; fixed for the life of the hub. The scheduler has none.</summary>
    public required int ControlQueues { get; init; }

    /// <summary>Topics that no graph names, because a sink chooses them record by record.</summary>
    public required IReadOnlyList<string> ChosenTopics { get; init; }

    public required IReadOnlyList<TopologyTopic> Topics { get; init; }

    public required IReadOnlyList<TopologySource> Sources { get; init; }

    /// <summary>
    /// Instances that have something to do: one per partition of the largest source, or per control queue. The scheduler sends an entity
    /// anywhere: there it is one per task of a stage.
    /// </summary>
    public int UsefulInstances() =>
        Math.Max(
            Backend == DurableBackend.AzureStorage ? ControlQueues : Parallelism,
            Sources.Select(PartitionsOf).DefaultIfEmpty(1).Max()
        );

    /// <summary>Partitions of a source's topic.</summary>
    /// <param name="source">One of <see cref="Sources"/>.</param>
    public int PartitionsOf(TopologySource source) =>
        Topics.First(topic => string.Equals(topic.Name, source.Topic, StringComparison.Ordinal)).Partitions;
}
