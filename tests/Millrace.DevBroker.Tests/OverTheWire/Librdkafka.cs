using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>Confluent's client with the settings that the tests share.</summary>
internal static class Librdkafka
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static IProducer<string?, string?> Producer(this BrokerUnderTest broker, Action<ProducerConfig>? configure = null) =>
        Producer(broker.BootstrapServers, configure);

    public static IProducer<string?, string?> Producer(string servers, Action<ProducerConfig>? configure = null)
    {
        ProducerConfig config = new()
        {
            BootstrapServers = servers,
            LingerMs = 2,
            EnableIdempotence = true,
        };
        configure?.Invoke(config);
        return new ProducerBuilder<string?, string?>(config)
            .SetKeySerializer(NullableText.Serializer)
            .SetValueSerializer(NullableText.Serializer)
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { })
            .Build();
    }

    public static ConsumerConfig ConsumerConfig(string servers, string? group = null) =>
        new()
        {
            BootstrapServers = servers,
            GroupId = group ?? BrokerUnderTest.Unique("group"),
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            SessionTimeoutMs = BrokerUnderTest.SessionTimeoutMs,
            HeartbeatIntervalMs = 200,
            FetchWaitMaxMs = 100,
            TopicMetadataRefreshIntervalMs = 5000,
        };

    public static IConsumer<string?, string?> Consumer(this BrokerUnderTest broker, Action<ConsumerConfig>? configure = null)
    {
        ConsumerConfig config = ConsumerConfig(broker.BootstrapServers);
        configure?.Invoke(config);
        return Builder(config).Build();
    }

    public static ConsumerBuilder<string?, string?> Builder(ConsumerConfig config) =>
        new ConsumerBuilder<string?, string?>(config)
            .SetKeyDeserializer(NullableText.Deserializer)
            .SetValueDeserializer(NullableText.Deserializer)
            .SetLogHandler((_, _) => { })
            .SetErrorHandler((_, _) => { });

    public static IAdminClient Admin(this BrokerUnderTest broker) => Admin(broker.BootstrapServers);

    public static IAdminClient Admin(string servers) =>
        new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).SetLogHandler((_, _) => { }).Build();

    public static Task<string> CreateTopicAsync(
        this BrokerUnderTest broker,
        int partitions = 1,
        Dictionary<string, string>? configs = null
    ) => CreateTopicAsync(broker.BootstrapServers, partitions, configs);

    /// <summary>Creates a topic of a unique name, and waits until the broker shows it.</summary>
    public static async Task<string> CreateTopicAsync(string servers, int partitions = 1, Dictionary<string, string>? configs = null)
    {
        string topic = BrokerUnderTest.Unique("topic");
        using IAdminClient admin = Admin(servers);
        await admin.CreateTopicsAsync([
            new TopicSpecification
            {
                Name = topic,
                NumPartitions = partitions,
                ReplicationFactor = 1,
                Configs = configs,
            },
        ]);
        await Eventually.Until(
            () => admin.GetMetadata(topic, Patience).Topics[0].Partitions.Count == partitions,
            "the new topic is in the metadata"
        );
        return topic;
    }

    /// <summary>Reads a topic from its start to its present end, in the order of each partition.</summary>
    public static List<ConsumeResult<string?, string?>> ReadAll(
        this BrokerUnderTest broker,
        string topic,
        int partitions = 1,
        IsolationLevel isolation = IsolationLevel.ReadCommitted
    ) => ReadAll(broker.BootstrapServers, topic, partitions, isolation);

    public static List<ConsumeResult<string?, string?>> ReadAll(
        string servers,
        string topic,
        int partitions = 1,
        IsolationLevel isolation = IsolationLevel.ReadCommitted
    )
    {
        ConsumerConfig config = ConsumerConfig(servers);
        config.IsolationLevel = isolation;
        using IConsumer<string?, string?> consumer = Builder(config).Build();
        consumer.Assign(Enumerable.Range(0, partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        List<ConsumeResult<string?, string?>> records = new();
        HashSet<int> ended = new();
        using CancellationTokenSource deadline = new(Patience);
        while (ended.Count < partitions)
        {
            ConsumeResult<string?, string?> result = consumer.Consume(deadline.Token);
            if (result.IsPartitionEOF)
            {
                ended.Add(result.Partition);
            }
            else
            {
                records.Add(result);
            }
        }

        return records;
    }

    /// <summary>Waits for what transactions have committed: a broker may answer a commit before it has marked it everywhere.</summary>
    public static Task WaitForCommittedAsync(this BrokerUnderTest broker, string topic, int count, int partitions = 1) =>
        Eventually.Until(() => broker.ReadAll(topic, partitions).Count >= count, $"{count} committed records are visible");

    /// <summary>What a group has committed for a topic, by partition; -1001 (unset) where nothing is.</summary>
    public static async Task<Dictionary<int, long>> CommittedAsync(
        string servers,
        string group,
        string topic,
        int partitions,
        bool requireStable = true
    )
    {
        using IAdminClient admin = Admin(servers);
        List<TopicPartition> wanted = Enumerable.Range(0, partitions).Select(p => new TopicPartition(topic, p)).ToList();
        List<ListConsumerGroupOffsetsResult> results = await admin.ListConsumerGroupOffsetsAsync(
            [new ConsumerGroupTopicPartitions(group, wanted)],
            new ListConsumerGroupOffsetsOptions { RequireStableOffsets = requireStable }
        );
        return results[0].Partitions.ToDictionary(each => each.Partition.Value, each => each.Offset.Value);
    }
}
