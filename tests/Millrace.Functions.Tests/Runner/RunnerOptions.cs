using Microsoft.DurableTask.Entities;

namespace Millrace.Functions.Tests.Runner;

/// <summary>How an app instance runs.</summary>
internal sealed class RunnerOptions(string brokers, string storage)
{
    public string Brokers => brokers;

    public int MaxBatch { get; set; } = 10_000;

    public int MaxOperations { get; init; } = 20;

    /// <summary>Entities that run side by side in an instance.</summary>
    public int MaxEntities { get; init; } = 2;

    /// <summary>Whether entities are told how many operations a batch has.</summary>
    public bool KnowsBatchSizes { get; init; } = true;

    /// <summary>Whether the worker process dies under this batch while its host lives on.</summary>
    public Func<EntityInstanceId, bool> LosesBatch { get; set; } = static _ => false;

    /// <summary>An instance that does not poll for so long loses its partitions.</summary>
    public TimeSpan MaxPollInterval { get; set; } = TimeSpan.FromMinutes(5);

    public TimeSpan TickInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The app's clock; the host's own stays the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public RunnerLogs Logs { get; } = new();

    public Dictionary<string, string?> Settings { get; } =
        new(StringComparer.Ordinal)
        {
            ["KafkaBrokers"] = brokers,
            ["AzureWebJobsStorage"] = storage,
            ["Millrace:RepairTimeoutSeconds"] = "3",
            ["Millrace:ResendTimeoutSeconds"] = "2",
        };
}
