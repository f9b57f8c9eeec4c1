using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Confluent.Kafka;

namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>
/// kill -9 in the middle of everything, with fsync on. <c>MILLRACE_TEST_KILL_MEGABYTES=1024</c> makes the traffic a gigabyte.
/// </summary>
[Trait(Clients.Trait, Clients.Librdkafka)]
public class KilledBrokerTests
{
    private const int RecordSize = 1024;
    private const int Partitions = 4;

    private static readonly int Megabytes = int.Parse(
        Environment.GetEnvironmentVariable("MILLRACE_TEST_KILL_MEGABYTES") ?? "24",
        CultureInfo.InvariantCulture
    );

    [OwnBrokerFact]
    public async Task ShouldFindAllThatWasAcknowledgedOnce_WhenBrokerIsKilledInTraffic()
    {
        await using BrokerProcess broker = await BrokerProcess.StartNewAsync();
        string topic = await Librdkafka.CreateTopicAsync(broker.BootstrapServers, Partitions);
        int count = Megabytes * 1024 * 1024 / RecordSize;
        ConcurrentDictionary<(int Partition, long Offset), ulong> acknowledged = new();
        using IProducer<string?, string?> producer = NewProducer(broker);

        Task producing = Task.Factory.StartNew(() => Produce(producer, topic, count, acknowledged), TaskCreationOptions.LongRunning);
        foreach (double part in new[] { 0.2, 0.4, 0.6, 0.8 })
        {
            await Eventually.Until(() => acknowledged.Count > count * part || producing.IsCompleted, "more records are acknowledged", 300);
            await broker.RestartAfterKillAsync();
        }

        await producing.WaitAsync(TimeSpan.FromMinutes(10));
        Dictionary<(int, long), ulong> found = new();
        HashSet<ulong> contents = new();
        Read(
            broker,
            topic,
            (partition, offset, hash) =>
            {
                found.Add((partition, offset), hash);
                Assert.True(contents.Add(hash), "A record is there twice.");
            }
        );

        Assert.Equal(count, acknowledged.Count);
        Assert.Equal(Checksum(acknowledged), Checksum(found));
    }

    [OwnBrokerFact]
    public async Task ShouldKeepOffsetsAndTransactions_WhenBrokerIsKilled()
    {
        await using BrokerProcess broker = await BrokerProcess.StartNewAsync();
        string topic = await Librdkafka.CreateTopicAsync(broker.BootstrapServers);
        string group = BrokerUnderTest.Unique("group");
        using IConsumer<string?, string?> member = Librdkafka.Builder(Librdkafka.ConsumerConfig(broker.BootstrapServers, group)).Build();
        member.Assign(new TopicPartition(topic, 0));
        member.Commit([new TopicPartitionOffset(topic, 0, 5)]);
        using IProducer<string?, string?> done = NewProducer(broker, BrokerUnderTest.Unique("done"));
        using IProducer<string?, string?> open = NewProducer(broker, BrokerUnderTest.Unique("open"));
        foreach (IProducer<string?, string?>? producer in new[] { done, open })
        {
            producer.InitTransactions(Librdkafka.Patience);
            producer.BeginTransaction();
        }

        Send(done, "committed");
        done.CommitTransaction(Librdkafka.Patience);
        done.BeginTransaction();
        Send(done, "aborted");
        done.AbortTransaction(Librdkafka.Patience);
        Send(open, "open");
        open.SendOffsetsToTransaction([new TopicPartitionOffset(topic, 0, 9)], member.ConsumerGroupMetadata, Librdkafka.Patience);

        await broker.RestartAfterKillAsync();

        Assert.Equal(["committed"], Values());
        Assert.Equal(5, await CommittedAsync());
        open.CommitTransaction(Librdkafka.Patience);
        await broker.RestartAfterKillAsync();
        Assert.Equal(["committed", "open"], Values());
        Assert.Equal(9, await CommittedAsync());

        void Send(IProducer<string?, string?> producer, string value)
        {
            producer.Produce(topic, new Message<string?, string?> { Value = value });
            producer.Flush(Librdkafka.Patience);
        }

        IEnumerable<string?> Values() => Librdkafka.ReadAll(broker.BootstrapServers, topic).Select(record => record.Message.Value);
        async Task<long> CommittedAsync() =>
            (await Librdkafka.CommittedAsync(broker.BootstrapServers, group, topic, 1, requireStable: false))[0];
    }

    [OwnBrokerFact]
    public async Task ShouldKeepEachTransactionWhole_WhenBrokerIsKilledInTransactions()
    {
        const int Transactions = 60;
        await using BrokerProcess broker = await BrokerProcess.StartNewAsync();
        string topic = await Librdkafka.CreateTopicAsync(broker.BootstrapServers, Partitions);
        string group = BrokerUnderTest.Unique("group");
        using IConsumer<string?, string?> member = Librdkafka.Builder(Librdkafka.ConsumerConfig(broker.BootstrapServers, group)).Build();
        using IProducer<string?, string?> producer = NewProducer(broker, BrokerUnderTest.Unique("txn"));
        producer.InitTransactions(Librdkafka.Patience);
        int committed = 0;

        Task running = Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < Transactions; i++)
                {
                    RunTransaction(producer, member, topic, i);
                    Volatile.Write(ref committed, i + 1);
                }
            },
            TaskCreationOptions.LongRunning
        );
        foreach (int part in new[] { 10, 25, 40 })
        {
            await Eventually.Until(
                () => Volatile.Read(ref committed) >= part || running.IsCompleted,
                $"{part} transactions are committed",
                60
            );
            await broker.RestartAfterKillAsync();
        }

        await running.WaitAsync(TimeSpan.FromMinutes(2));
        Dictionary<string, int> values = Librdkafka
            .ReadAll(broker.BootstrapServers, topic, Partitions)
            .GroupBy(record => record.Message.Value!)
            .ToDictionary(each => each.Key, each => each.Count());
        Assert.Equal(Transactions, values.Count);
        Assert.All(values.Values, times => Assert.Equal(Partitions, times));
        Assert.Equal(Transactions, (await Librdkafka.CommittedAsync(broker.BootstrapServers, group, topic, 1))[0]);
    }

    private static IProducer<string?, string?> NewProducer(BrokerProcess broker, string? transactionalId = null) =>
        Librdkafka.Producer(
            broker.BootstrapServers,
            config =>
            {
                config.TransactionalId = transactionalId;
                // With re-bootstrapping, librdkafka 2.16 goes on sending TxnOffsetCommit to a broker handle that it has given up, for ever.
                config.MetadataRecoveryStrategy = MetadataRecoveryStrategy.None;
                config.ReconnectBackoffMs = 20;
                config.ReconnectBackoffMaxMs = 200;
                config.RetryBackoffMs = 20;
                config.QueueBufferingMaxMessages = 20_000;
            }
        );

    /// <summary>One record to each partition and an offset; again from the start if the client says that it has to be aborted.</summary>
    private static void RunTransaction(IProducer<string?, string?> producer, IConsumer<string?, string?> member, string topic, int number)
    {
        while (true)
        {
            try
            {
                producer.BeginTransaction();
                for (int partition = 0; partition < Partitions; partition++)
                {
                    producer.Produce(
                        new TopicPartition(topic, partition),
                        new Message<string?, string?> { Value = number.ToString(CultureInfo.InvariantCulture) }
                    );
                }

                Retry(() =>
                    producer.SendOffsetsToTransaction(
                        [new TopicPartitionOffset(topic, 0, number + 1)],
                        member.ConsumerGroupMetadata,
                        Librdkafka.Patience
                    )
                );
                Retry(() => producer.CommitTransaction(Librdkafka.Patience));
                return;
            }
            catch (KafkaTxnRequiresAbortException)
            {
                Retry(() => producer.AbortTransaction(Librdkafka.Patience));
            }
        }

        static void Retry(Action action)
        {
            while (true)
            {
                try
                {
                    action();
                    return;
                }
                catch (KafkaRetriableException)
                {
                    // The call goes on where it was.
                }
            }
        }
    }

    private static void Produce(
        IProducer<string?, string?> producer,
        string topic,
        int count,
        ConcurrentDictionary<(int, long), ulong> acknowledged
    )
    {
        Random random = new(42);
        byte[] filler = new byte[RecordSize * 3 / 4];
        for (int i = 0; i < count; i++)
        {
            random.NextBytes(filler);
            string value = string.Create(CultureInfo.InvariantCulture, $"{i:D20}{Convert.ToBase64String(filler)}");
            Message<string?, string?> message = new() { Value = value };
            while (!TryProduce(producer, new TopicPartition(topic, i % Partitions), message, Note))
            {
                producer.Poll(TimeSpan.FromMilliseconds(50));
            }

            void Note(DeliveryReport<string?, string?> report)
            {
                if (report.Error.Code == ErrorCode.NoError)
                {
                    acknowledged[(report.Partition.Value, report.Offset.Value)] = Hash(value);
                }
            }
        }

        while (producer.Flush(Librdkafka.Patience) > 0) { }
    }

    private static bool TryProduce(
        IProducer<string?, string?> producer,
        TopicPartition to,
        Message<string?, string?> message,
        Action<DeliveryReport<string?, string?>> note
    )
    {
        try
        {
            producer.Produce(to, message, note);
            return true;
        }
        catch (ProduceException<string?, string?> exception) when (exception.Error.Code == ErrorCode.Local_QueueFull)
        {
            return false;
        }
    }

    private static void Read(BrokerProcess broker, string topic, Action<int, long, ulong> onRecord)
    {
        using IConsumer<string?, string?> consumer = Librdkafka.Builder(Librdkafka.ConsumerConfig(broker.BootstrapServers)).Build();
        consumer.Assign(Enumerable.Range(0, Partitions).Select(p => new TopicPartitionOffset(topic, p, Offset.Beginning)));
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(5));
        int ended = 0;
        while (ended < Partitions)
        {
            ConsumeResult<string?, string?> result = consumer.Consume(deadline.Token);
            if (result.IsPartitionEOF)
            {
                ended++;
            }
            else
            {
                onRecord(result.Partition.Value, result.Offset.Value, Hash(result.Message.Value!));
            }
        }
    }

    private static ulong Hash(string value) => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(value));

    /// <summary>Over all records in the order of partition and offset.</summary>
    private static ulong Checksum(IEnumerable<KeyValuePair<(int Partition, long Offset), ulong>> records)
    {
        XxHash3 hash = new();
        Span<byte> bytes = stackalloc byte[sizeof(int) + (2 * sizeof(long))];
        foreach (((int partition, long offset), ulong content) in records.OrderBy(record => record.Key))
        {
            BitConverter.TryWriteBytes(bytes, partition);
            BitConverter.TryWriteBytes(bytes[sizeof(int)..], offset);
            BitConverter.TryWriteBytes(bytes[(sizeof(int) + sizeof(long))..], content);
            hash.Append(bytes);
        }

        return hash.GetCurrentHashAsUInt64();
    }
}
