using System.Text.Json.Nodes;
using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests;

public sealed class HostJsonTests
{
    // The host ignores a setting that it does not know: these are the ones that the Kafka extension 4.3 and Durable 3 read.
    private static readonly string[] KafkaSettings =
    [
        "reconnectBackoffMs",
        "reconnectBackoffMaxMs",
        "statisticsIntervalMs",
        "sessionTimeoutMs",
        "maxPollIntervalMs",
        "queuedMinMessages",
        "queuedMaxMessagesKbytes",
        "maxPartitionFetchBytes",
        "fetchMaxBytes",
        "maxBatchSize",
        "autoCommitIntervalMs",
        "autoOffsetReset",
        "libkafkaDebug",
        "metadataMaxAgeMs",
        "socketKeepaliveEnable",
        "subscriberIntervalInSeconds",
        "executorChannelCapacity",
        "commitOnFailure",
        "maxRetries",
        "channelFullRetryIntervalInMs",
        "subscriberIdleBackoffMs",
    ];

    private static readonly string[] StorageProviderSettings =
    [
        "type",
        "connectionName",
        "partitionCount",
        "controlQueueBatchSize",
        "controlQueueBufferThreshold",
        "controlQueueVisibilityTimeout",
        "workItemQueueVisibilityTimeout",
        "maxQueuePollingInterval",
        "fetchLargeMessagesAutomatically",
        "trackingStoreConnectionName",
        "trackingStoreNamePrefix",
        "useLegacyPartitionManagement",
        "useTablePartitionManagement",
    ];

    private readonly JsonNode _host = JsonNode.Parse(Tree.Read("host.json"))!;

    [Fact]
    public void ShouldLoseNoRecord_WhenAFunctionThrows()
    {
        JsonNode kafka = _host["extensions"]!["kafka"]!;

        Assert.False((bool)kafka["commitOnFailure"]!);
        Assert.Equal(-1, (int)kafka["maxRetries"]!);
    }

    [Fact]
    public void ShouldNotSleepBesideAFullChannel_WhenThereIsBacklog()
    {
        JsonNode kafka = _host["extensions"]!["kafka"]!;

        Assert.Equal(1, (int)kafka["channelFullRetryIntervalInMs"]!);
        Assert.Equal(10000, (int)kafka["maxBatchSize"]!);
    }

    [Fact]
    public void ShouldNameSettingsThatTheExtensionsRead_WhenTheHostStarts()
    {
        IEnumerable<string> kafka = _host["extensions"]!["kafka"]!.AsObject().Select(pair => pair.Key);
        IEnumerable<string> storage = _host["extensions"]!["durableTask"]!["storageProvider"]!.AsObject().Select(pair => pair.Key);

        Assert.Empty(kafka.Except(KafkaSettings, StringComparer.Ordinal));
        Assert.Empty(storage.Except(StorageProviderSettings, StringComparer.Ordinal));
    }

    [Fact]
    public void ShouldLeaveExtensionsToTheBuild_WhenTheWorkerIsIsolated() => Assert.Null(_host["extensionBundle"]);

    [Fact]
    public void ShouldEndBeforeTheConsumerIsExpelled_WhenABatchIsSlow()
    {
        TimeSpan timeout = TimeSpan.Parse((string)_host["functionTimeout"]!, System.Globalization.CultureInfo.InvariantCulture);

        Assert.InRange(timeout.TotalMilliseconds, 1, (int)_host["extensions"]!["kafka"]!["maxPollIntervalMs"]!);
    }
}
