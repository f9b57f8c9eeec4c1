using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Millrace.Connectors;
using Millrace.Kafka.Producing;
using Millrace.Kafka.Protocol;
using Millrace.Serialization;
using Millrace.Tests.Shared;
using Xunit;
using BrokerError = Millrace.Kafka.Protocol.ErrorCode;

namespace Millrace.Kafka.Tests.Sinks;

/// <summary>
/// The topic with the markers of exactly-once sinks, where something other than a sink has made it: a client's question on a cluster that
/// creates topics on demand, or an operator.
/// </summary>
public sealed class ProgressTopicTests : BrokerTest
{
    private const string Name = "millrace-progress";
    private const int Tasks = 4;

    [OwnBrokerTheory]
    [InlineData("delete", 4)]
    [InlineData("delete", 1)]
    public async Task ShouldRefuse_WhenTheTopicIsNotCompacted(string policy, int partitions)
    {
        await CreateAsync(partitions, policy);
        RecordingLoggers logs = new();

        SuppressRestartsException refused = await Assert.ThrowsAsync<SuppressRestartsException>(() => SendAsync(0, [1], logs));

        Assert.Contains($"Topic '{Name}'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("cleanup.policy is 'delete', expected 'compact'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--add-config cleanup.policy=compact", refused.Message, StringComparison.Ordinal);
        Assert.Empty(await ReadAllAsync("out"));
    }

    [OwnBrokerFact]
    public async Task ShouldRefuse_WhenAClientsQuestionHasMadeTheTopic()
    {
        await using Millrace.DevBroker.DevBroker eager = await Millrace.DevBroker.DevBroker.StartAsync(new() { Topics = { ["out"] = 1 } });
        using (IAdminClient curious = Admin(eager.BootstrapServers))
        {
            curious.GetMetadata(Name, Deadline.Wait);
        }

        await Assert.ThrowsAsync<SuppressRestartsException>(() => SendAsync(0, [1], new RecordingLoggers(), eager.BootstrapServers));
    }

    [OwnBrokerTheory]
    [InlineData("compact")]
    [InlineData("compact,delete")]
    public async Task ShouldSendOnce_WhenTheTopicHasSeveralPartitions(string policy)
    {
        await CreateAsync(partitions: 4, policy);
        RecordingLoggers logs = new();
        for (int task = 0; task < Tasks; task++)
        {
            await SendAsync(task, [1, 2], logs);
            await SendAsync(task, [2, 3], logs);
        }

        Assert.Equal(Enumerable.Range(0, Tasks).SelectMany(Expected), (await ReadAllAsync("out")).Order(StringComparer.Ordinal));
        Assert.All(await PartitionsOfMarkersAsync(), partition => Assert.Equal(0, partition));
        Assert.Equal(policy != "compact", logs.Warnings.Any(line => line.Contains("'compact,delete'", StringComparison.Ordinal)));
    }

    [OwnBrokerFact]
    public async Task ShouldHoldUpNoOtherTask_WhenATasksRecordsAreRefused()
    {
        await CreateAsync(partitions: 1, "compact");
        using (IAdminClient admin = Admin(BootstrapServers))
        {
            TopicSpecification small = new()
            {
                Name = "small",
                NumPartitions = 1,
                Configs = new() { ["max.message.bytes"] = "1000" },
            };
            await admin.CreateTopicsAsync([small]);
        }

        KafkaSink<string> sink = KafkaSink
            .Builder<string>()
            .SetBootstrapServers(BootstrapServers)
            .SetValueSerializer(SimpleStringSchema.Instance)
            .SetTopic("small")
            .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
            .SetTransactionTimeout(TimeSpan.FromMinutes(15))
            .Build();
        DataWriter large = new();
        sink.Encode(new string('x', 5000), timestamp: 0, large);
        await using IDurableSinkSender sender = sink.CreateSender(Contexts.Task(index: 0, parallelism: Tasks));

        // Its cause is named, and not only that a transaction has failed.
        KafkaClientException refused = await Assert.ThrowsAsync<KafkaClientException>(() =>
            sender.SendAsync([new DurableSinkRecord(1, "r1", large.WrittenSpan.ToArray())], Deadline.Token())
        );
        Assert.Contains("small [0]", refused.Message, StringComparison.Ordinal);
        await SendAsync(1, [1], new RecordingLoggers());

        Assert.Equal(["1-1"], await ReadAllAsync("out"));
    }

    [OwnBrokerFact]
    public async Task ShouldGoOnBehindAMarker_WhenItIsInAnotherPartition()
    {
        await CreateAsync(partitions: 4, "compact");
        using (RawProducer producer = Producer())
        {
            Write(producer, partition: 3, "job/kafka/0", 2);
            Write(producer, partition: 0, "job/kafka/0", 1);
            Write(producer, partition: 1, "job/kafka/1", 9);
            producer.Flush(Deadline.Wait, Deadline.Token());
        }

        await SendAsync(0, [1, 2, 3], new RecordingLoggers());

        Assert.Equal(["0-3"], await ReadAllAsync("out"));
    }

    [OwnBrokerFact]
    public async Task ShouldWarnAndGoOn_WhenTheBrokerDoesNotTellThePolicy()
    {
        Broker.Faults.Fail(ApiKey.DescribeConfigs, BrokerError.TopicAuthorizationFailed);
        RecordingLoggers logs = new();

        await SendAsync(0, [1], logs);

        Assert.Equal(["0-1"], await ReadAllAsync("out"));
        Assert.Contains(logs.Warnings, line => line.Contains($"topic '{Name}'", StringComparison.OrdinalIgnoreCase));
    }

    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("out", 1)];

    private static IEnumerable<string> Expected(int task) => [$"{task}-1", $"{task}-2", $"{task}-3"];

    private static IAdminClient Admin(string servers) =>
        new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).SetLogHandler(static (_, _) => { }).Build();

    private static void Write(RawProducer producer, int partition, string key, long marker) =>
        producer.Produce(
            producer.Topic(Name),
            partition,
            Encoding.UTF8.GetBytes(key),
            hasKey: true,
            Encoding.UTF8.GetBytes(marker.ToString(CultureInfo.InvariantCulture)),
            isTombstone: false,
            timestamp: 0,
            headers: 0,
            default
        );

    /// <summary>Sends as a process does that has just started.</summary>
    private async Task SendAsync(int task, long[] sequences, RecordingLoggers logs, string? servers = null)
    {
        KafkaSink<string> sink = KafkaSink
            .Builder<string>()
            .SetBootstrapServers(servers ?? BootstrapServers)
            .SetValueSerializer(SimpleStringSchema.Instance)
            .SetTopic("out")
            .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
            .Build();
        await using IDurableSinkSender sender = sink.CreateSender(Contexts.Task(index: task, parallelism: Tasks, loggers: logs));
        await sender.SendAsync(
            [
                .. sequences.Select(sequence =>
                {
                    DataWriter writer = new();
                    sink.Encode($"{task}-{sequence}", timestamp: 0, writer);
                    return new DurableSinkRecord(sequence, $"r{sequence}", writer.WrittenSpan.ToArray());
                }),
            ],
            Deadline.Token()
        );
    }

    private async Task CreateAsync(int partitions, string policy)
    {
        using IAdminClient admin = Admin(BootstrapServers);
        await admin.CreateTopicsAsync([
            new TopicSpecification
            {
                Name = Name,
                NumPartitions = partitions,
                ReplicationFactor = 1,
                Configs = new Dictionary<string, string>(StringComparer.Ordinal) { ["cleanup.policy"] = policy },
            },
        ]);
    }

    private Task<int[]> PartitionsOfMarkersAsync()
    {
        using IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(
            new ConsumerConfig
            {
                BootstrapServers = BootstrapServers,
                GroupId = "test",
                AutoOffsetReset = AutoOffsetReset.Earliest,
                EnablePartitionEof = true,
            }
        ).SetLogHandler(static (_, _) => { }).Build();
        consumer.Assign(Enumerable.Range(0, 4).Select(partition => new TopicPartition(Name, partition)));
        List<int> partitions = [];
        int ended = 0;
        while (ended < 4)
        {
            ConsumeResult<byte[], byte[]> record = consumer.Consume(Deadline.Token());
            if (record.IsPartitionEOF)
            {
                ended++;
            }
            else
            {
                partitions.Add(record.Partition.Value);
            }
        }

        return Task.FromResult(partitions.ToArray());
    }
}
