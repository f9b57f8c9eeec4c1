using Millrace.StateBackends;

namespace Millrace.Embedded.Cli;

/// <summary>What the command line says about how jobs run.</summary>
internal sealed record HostSettings
{
    /// <summary>A cluster, or <see langword="null"/> for the development broker.</summary>
    public string? BootstrapServers { get; init; }

    public IReadOnlyDictionary<string, string> KafkaProperties { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary><see langword="null"/> = temporary.</summary>
    public string? CheckpointDirectory { get; init; }

    public string? AzureStorage { get; init; }

    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(5);

    public StateBackend StateBackend { get; init; } = StateBackend.InMemory;

    public int Parallelism { get; init; } = 1;

    /// <summary><see langword="null"/> = until stopped.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>Whether topics that a job names and the cluster lacks are created.</summary>
    public bool CreateTopics { get; init; }

    /// <summary>Savepoint or checkpoint to start from.</summary>
    public string? RestoreFrom { get; init; }

    /// <summary>Whether state of operators that the job does not have may be lost.</summary>
    public bool AllowNonRestoredState { get; init; }

    public bool Plain { get; init; }

    public bool Verbose { get; init; }
}
