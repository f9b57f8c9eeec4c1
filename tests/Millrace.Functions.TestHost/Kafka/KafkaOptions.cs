using Microsoft.Extensions.Configuration;

namespace Millrace.Functions.TestHost.Kafka;

/// <summary><c>extensions.kafka</c> of host.json, with the extension's defaults.</summary>
internal sealed class KafkaOptions
{
    public int MaxBatchSize { get; set; } = 64;

    public int SubscriberIntervalInSeconds { get; set; } = 1;

    public int ExecutorChannelCapacity { get; set; } = 1;

    public int AutoCommitIntervalMs { get; set; } = 200;

    public string AutoOffsetReset { get; set; } = "Earliest";

    public int SessionTimeoutMs { get; set; } = 10_000;

    public int MaxPollIntervalMs { get; set; } = 300_000;

    public int MaxPartitionFetchBytes { get; set; } = 1_048_576;

    public bool CommitOnFailure { get; set; } = true;

    /// <summary>Runs of a batch after the first; -1 = until it succeeds.</summary>
    public int MaxRetries { get; set; } = 5;

    public static KafkaOptions Read(IConfiguration configuration)
    {
        KafkaOptions options = new();
        configuration.GetSection("AzureFunctionsJobHost:extensions:kafka").Bind(options);
        return options;
    }
}
