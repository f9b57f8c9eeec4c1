using Confluent.Kafka;

namespace Millrace.DevBroker.Tests.OverTheWire;

[Trait(Clients.Trait, Clients.Librdkafka)]
public class LibrdkafkaTransactionTests(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    [Fact]
    public async Task ShouldShowOnlyCommitted_WhenLibrdkafkaReadsCommitted()
    {
        string topic = await broker.CreateTopicAsync(2);
        using IProducer<string?, string?> producer = Transactional(BrokerUnderTest.Unique("txn"));
        producer.InitTransactions(Librdkafka.Patience);
        Write(producer, topic, "a", commit: true);
        Write(producer, topic, "b", commit: false);
        Write(producer, topic, "c", commit: true);
        await broker.WaitForCommittedAsync(topic, 4, partitions: 2);

        IOrderedEnumerable<string?> committed = broker.ReadAll(topic, 2).Select(each => each.Message.Value).Order(StringComparer.Ordinal);
        IOrderedEnumerable<string?> all = broker
            .ReadAll(topic, 2, IsolationLevel.ReadUncommitted)
            .Select(each => each.Message.Value)
            .Order(StringComparer.Ordinal);

        Assert.Equal(["a0", "a1", "c0", "c1"], committed);
        Assert.Equal(["a0", "a1", "b0", "b1", "c0", "c1"], all);
    }

    [Fact]
    public async Task ShouldHoldBackWhatFollowsOpenTransaction_WhenLibrdkafkaReadsCommitted()
    {
        string topic = await broker.CreateTopicAsync();
        using IProducer<string?, string?> open = Transactional(BrokerUnderTest.Unique("txn"));
        using IProducer<string?, string?> plain = broker.Producer();
        open.InitTransactions(Librdkafka.Patience);
        await plain.ProduceAsync(topic, Value("before"));
        open.BeginTransaction();
        open.Produce(topic, Value("open"));
        open.Flush(Librdkafka.Patience);
        await plain.ProduceAsync(topic, Value("after"));

        Assert.Equal(["before"], broker.ReadAll(topic).Select(each => each.Message.Value));
        Assert.Equal(
            ["before", "open", "after"],
            broker.ReadAll(topic, isolation: IsolationLevel.ReadUncommitted).Select(each => each.Message.Value)
        );

        open.CommitTransaction(Librdkafka.Patience);
        await Eventually.Until(
            () => broker.ReadAll(topic).Select(each => each.Message.Value).SequenceEqual(["before", "open", "after"]),
            "all is visible after the commit"
        );
    }

    [Fact]
    public async Task ShouldFenceFirst_WhenLibrdkafkaProducerTakesTheSameId()
    {
        string topic = await broker.CreateTopicAsync();
        string id = BrokerUnderTest.Unique("txn");
        using IProducer<string?, string?> zombie = Transactional(id);
        zombie.InitTransactions(Librdkafka.Patience);
        zombie.BeginTransaction();
        zombie.Produce(topic, Value("zombie"));
        zombie.Flush(Librdkafka.Patience);

        using IProducer<string?, string?> heir = Transactional(id);
        heir.InitTransactions(Librdkafka.Patience);
        KafkaException fenced = Assert.ThrowsAny<KafkaException>(() => zombie.CommitTransaction(Librdkafka.Patience));
        heir.BeginTransaction();
        heir.Produce(topic, Value("heir"));
        heir.CommitTransaction(Librdkafka.Patience);

        Assert.True(fenced.Error.IsFatal);
        Assert.Contains(fenced.Error.Code, new[] { ErrorCode.Local_Fenced, ErrorCode.ProducerFenced });
        await Eventually.Until(() => broker.ReadAll(topic).Count == 1, "the heir's record is visible");
        Assert.Equal(["heir"], broker.ReadAll(topic).Select(each => each.Message.Value));
    }

    [Fact]
    public async Task ShouldMoveOffsetsWithTransaction_WhenLibrdkafkaSendsThem()
    {
        string topic = await broker.CreateTopicAsync();
        string group = BrokerUnderTest.Unique("group");
        using IProducer<string?, string?> producer = Transactional(BrokerUnderTest.Unique("txn"));
        using IConsumer<string?, string?> consumer = broker.Consumer(config => config.GroupId = group);
        producer.InitTransactions(Librdkafka.Patience);

        producer.BeginTransaction();
        producer.SendOffsetsToTransaction([new TopicPartitionOffset(topic, 0, 5)], consumer.ConsumerGroupMetadata, Librdkafka.Patience);
        producer.AbortTransaction(Librdkafka.Patience);
        Assert.Equal(Offset.Unset, consumer.Committed([new TopicPartition(topic, 0)], Librdkafka.Patience)[0].Offset);

        producer.BeginTransaction();
        producer.SendOffsetsToTransaction([new TopicPartitionOffset(topic, 0, 9)], consumer.ConsumerGroupMetadata, Librdkafka.Patience);
        producer.CommitTransaction(Librdkafka.Patience);
        Assert.Equal(9, consumer.Committed([new TopicPartition(topic, 0)], Librdkafka.Patience)[0].Offset.Value);
    }

    [Fact]
    public async Task ShouldCopyEachRecordOnce_WhenLibrdkafkaConsumesTransformsAndProduces()
    {
        const int Partitions = 3;
        const int Count = 300;
        string input = await broker.CreateTopicAsync(Partitions);
        string output = await broker.CreateTopicAsync(Partitions);
        string group = BrokerUnderTest.Unique("group");
        string id = BrokerUnderTest.Unique("txn");
        using (IProducer<string?, string?> source = broker.Producer())
        {
            ProcessedRecords.Produce(source, input, Partitions, 0, Count);
        }

        // Every third transaction is aborted, and after each hundred records the whole worker is replaced by another, in mid-transaction.
        int copied = 0;
        while (copied < Count)
        {
            copied += Copy(input, output, group, id, atMost: 100);
        }

        await broker.WaitForCommittedAsync(output, Count, Partitions);
        ProcessedRecords processed = new();
        foreach (ConsumeResult<string?, string?> record in broker.ReadAll(output, Partitions))
        {
            processed.Add(record.Message.Value!);
        }

        processed.AssertEachOnce(Count);
    }

    private static Message<string?, string?> Value(string value) => new() { Value = value };

    private static void Write(IProducer<string?, string?> producer, string topic, string value, bool commit)
    {
        producer.BeginTransaction();
        producer.Produce(new TopicPartition(topic, 0), Value(value + "0"));
        producer.Produce(new TopicPartition(topic, 1), Value(value + "1"));

        // Without this an abort would purge what was never sent.
        producer.Flush(Librdkafka.Patience);
        if (commit)
        {
            producer.CommitTransaction(Librdkafka.Patience);
        }
        else
        {
            producer.AbortTransaction(Librdkafka.Patience);
        }
    }

    private IProducer<string?, string?> Transactional(string id) =>
        broker.Producer(config =>
        {
            config.TransactionalId = id;
            config.TransactionTimeoutMs = 30_000;
        });

    /// <summary>A worker: copies until it has committed enough or the input ends, then is gone with a transaction open.</summary>
    private int Copy(string input, string output, string group, string id, int atMost)
    {
        using IProducer<string?, string?> producer = Transactional(id);
        producer.InitTransactions(Librdkafka.Patience);
        using IConsumer<string?, string?> consumer = broker.Consumer(config =>
        {
            config.GroupId = group;
            config.IsolationLevel = IsolationLevel.ReadCommitted;
        });
        consumer.Subscribe(input);
        using CancellationTokenSource deadline = new(Librdkafka.Patience);
        int committed = 0;
        for (int transaction = 1; committed < atMost; transaction++)
        {
            producer.BeginTransaction();
            List<ConsumeResult<string?, string?>> batch = new();
            while (batch.Count < 20)
            {
                ConsumeResult<string?, string?> result = consumer.Consume(deadline.Token);
                if (result.IsPartitionEOF)
                {
                    continue;
                }

                batch.Add(result);
                producer.Produce(new TopicPartition(output, result.Partition), Value(result.Message.Value!));
            }

            IEnumerable<TopicPartitionOffset> next = batch
                .GroupBy(each => each.TopicPartition)
                .Select(each => new TopicPartitionOffset(each.Key, each.Max(r => r.Offset.Value) + 1));
            producer.SendOffsetsToTransaction(next, consumer.ConsumerGroupMetadata, Librdkafka.Patience);
            if (transaction % 3 == 0)
            {
                producer.AbortTransaction(Librdkafka.Patience);
                foreach (IGrouping<TopicPartition, ConsumeResult<string?, string?>> partition in batch.GroupBy(each => each.TopicPartition))
                {
                    consumer.Seek(new TopicPartitionOffset(partition.Key, partition.Min(each => each.Offset.Value)));
                }

                continue;
            }

            producer.CommitTransaction(Librdkafka.Patience);
            committed += batch.Count;
        }

        producer.BeginTransaction();
        producer.Produce(output, Value("never"));
        producer.Flush(Librdkafka.Patience);
        consumer.Close();
        return committed;
    }
}
