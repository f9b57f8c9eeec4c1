namespace Millrace.Embedded.Infrastructure;

/// <summary>What the command line decides; what it leaves out stays as it was.</summary>
internal sealed record TopologyDecisions
{
    public IReadOnlyList<string> Jobs { get; init; } = [];

    /// <summary>Parameters of the jobs; <see langword="null"/> = as before.</summary>
    public IReadOnlyDictionary<string, string>? Settings { get; init; }

    public int? Parallelism { get; init; }

    public int? LagThreshold { get; init; }

    public string? TaskHub { get; init; }

    public DurableBackend? Backend { get; init; }

    public int? ControlQueues { get; init; }

    /// <summary>Partitions of every topic.</summary>
    public int? Partitions { get; init; }

    public int? RetentionHours { get; init; }

    /// <summary>Partitions of single topics, over <see cref="Partitions"/>. One that no graph names is added.</summary>
    public IReadOnlyDictionary<string, int> Topics { get; init; } = new Dictionary<string, int>(StringComparer.Ordinal);
}
