using System.Text.Json.Nodes;

namespace Millrace.Embedded.Infrastructure;

/// <summary>The two sections of host.json that the protocol rests on. Reasons for the figures: docs/infra.md.</summary>
internal static class HostJsonSections
{
    public static IReadOnlyList<(string Name, JsonObject Content)> Of(Topology topology) =>
        [("kafka", Kafka()), ("durableTask", Durable(topology))];

    private static JsonObject Kafka() =>
        new()
        {
            ["maxBatchSize"] = 10_000,
            ["subscriberIntervalInSeconds"] = 1,
            ["executorChannelCapacity"] = 1,
            ["channelFullRetryIntervalInMs"] = 1,
            ["autoCommitIntervalMs"] = 200,

            // Where a job begins is in its ledgers: the trigger brings everything, and what comes before is dropped.
            ["autoOffsetReset"] = "Earliest",
            ["commitOnFailure"] = false,
            ["maxRetries"] = -1,
            ["maxPollIntervalMs"] = 300_000,
        };

    private static JsonObject Durable(Topology topology) =>
        new()
        {
            ["hubName"] = topology.TaskHub,
            ["maxEntityOperationBatchSize"] = 100,
            ["storageProvider"] = topology.Backend == DurableBackend.AzureStorage ? AzureStorage(topology) : Scheduler(),
        };

    private static JsonObject AzureStorage(Topology topology) =>
        new()
        {
            ["type"] = "AzureStorage",
            ["partitionCount"] = topology.ControlQueues,
            ["controlQueueBatchSize"] = 32,
            ["controlQueueBufferThreshold"] = 256,

            // What a killed host had taken comes again after that long; by default after five minutes.
            ["controlQueueVisibilityTimeout"] = "00:01:00",
            ["workItemQueueVisibilityTimeout"] = "00:01:00",
            ["maxQueuePollingInterval"] = "00:00:01",
            ["useTablePartitionManagement"] = true,
        };

    // It pushes work to the app: there are no queues to look at, and none to hand over.
    private static JsonObject Scheduler() =>
        new() { ["type"] = "azureManaged", ["connectionStringName"] = AppSettings.SchedulerConnection };
}
