using Confluent.Kafka;
using Millrace.Kafka.Protocol;
using KafkaError = Millrace.Kafka.Protocol.ErrorCode;

namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>The broker misbehaves on purpose; the client copes, because what it sees is what a real broker in trouble shows.</summary>
[Trait(Clients.Trait, Clients.Librdkafka)]
public sealed class FaultTests : IAsyncLifetime
{
    private readonly BrokerUnderTest _broker = new();

    public Task InitializeAsync() => _broker.InitializeAsync();

    public Task DisposeAsync() => _broker.DisposeAsync();

    [OwnBrokerFact]
    public async Task ShouldWriteOnceInOrder_WhenAnswersToIdempotentProducerAreLost()
    {
        string topic = await _broker.CreateTopicAsync();
        using IProducer<string?, string?> producer = NewProducer();
        await producer.ProduceAsync(topic, Value("first"));
        _broker.Own.Faults.DropResponse(ApiKey.Produce, times: 3);

        for (int i = 0; i < 50; i++)
        {
            producer.Produce(topic, Value($"{i}"));
        }

        producer.Flush(Librdkafka.Patience);

        Assert.Equal(
            Enumerable.Range(0, 50).Select(i => $"{i}").Prepend("first"),
            _broker.ReadAll(topic).Select(record => record.Message.Value)
        );
    }

    [OwnBrokerFact]
    public async Task ShouldReadEverything_WhenConnectionsAreCutAfterSomeBytes()
    {
        const int Count = 2000;
        string topic = await _broker.CreateTopicAsync();
        using (IProducer<string?, string?> producer = NewProducer())
        {
            for (int i = 0; i < Count; i++)
            {
                producer.Produce(topic, Value($"{i} {new string('x', 200)}"));
            }

            producer.Flush(Librdkafka.Patience);
        }

        foreach (int bytes in new[] { 0, 1, 100, 1000, 30_000, 100_000 })
        {
            _broker.Own.Faults.DropNextConnectionAfter(bytes);
        }

        Assert.Equal(
            Enumerable.Range(0, Count).Select(i => i),
            _broker
                .ReadAll(topic)
                .Select(record => int.Parse(record.Message.Value!.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture))
        );
    }

    [OwnBrokerFact]
    public async Task ShouldGoOn_WhenAllConnectionsAreDroppedAgainAndAgain()
    {
        string topic = await _broker.CreateTopicAsync();
        using IProducer<string?, string?> producer = NewProducer();
        for (int round = 0; round < 5; round++)
        {
            for (int i = 0; i < 20; i++)
            {
                producer.Produce(topic, Value($"{(round * 20) + i}"));
            }

            Assert.True(_broker.Own.Faults.DropAllConnections() >= 0);
        }

        producer.Flush(Librdkafka.Patience);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), _broker.ReadAll(topic).Select(record => record.Message.Value));
    }

    [OwnBrokerFact]
    public async Task ShouldTryAgain_WhenRequestsFailWithRetriableErrors()
    {
        DevBrokerFaults faults = _broker.Own.Faults;
        string topic = await _broker.CreateTopicAsync();
        string group = BrokerUnderTest.Unique("group");
        faults.Fail(ApiKey.InitProducerId, KafkaError.CoordinatorLoadInProgress, times: 2);
        faults.Fail(ApiKey.AddPartitionsToTxn, KafkaError.ConcurrentTransactions, times: 2);
        faults.Fail(ApiKey.Produce, KafkaError.NotLeaderOrFollower, times: 2);
        faults.Fail(ApiKey.EndTxn, KafkaError.CoordinatorNotAvailable, times: 2);
        faults.Fail(ApiKey.JoinGroup, KafkaError.NotCoordinator, times: 2);
        faults.Fail(ApiKey.SyncGroup, KafkaError.RebalanceInProgress, times: 1);
        faults.Fail(ApiKey.Fetch, KafkaError.NotLeaderOrFollower, times: 2);
        faults.Fail(ApiKey.ListOffsets, KafkaError.LeaderNotAvailable, times: 2);
        faults.Fail(ApiKey.OffsetFetch, KafkaError.CoordinatorLoadInProgress, times: 2);
        faults.Fail(ApiKey.OffsetCommit, KafkaError.CoordinatorLoadInProgress, times: 2);

        using IProducer<string?, string?> producer = NewProducer(transactional: true);
        producer.InitTransactions(Librdkafka.Patience);
        producer.BeginTransaction();
        producer.Produce(topic, Value("v"));
        producer.CommitTransaction(Librdkafka.Patience);
        using IConsumer<string?, string?> consumer = _broker.Consumer(config =>
        {
            config.GroupId = group;
            config.EnablePartitionEof = false;
        });
        consumer.Subscribe(topic);
        using CancellationTokenSource deadline = new(Librdkafka.Patience);
        ConsumeResult<string?, string?> read = consumer.Consume(deadline.Token);
        consumer.Commit(read);

        Assert.Equal("v", read.Message.Value);
        Assert.Equal(1, (await Librdkafka.CommittedAsync(_broker.BootstrapServers, group, topic, 1))[0]);
    }

    [OwnBrokerFact]
    public async Task ShouldCommitOnce_WhenAnswersOfTheTransactionAreLost()
    {
        DevBrokerFaults faults = _broker.Own.Faults;
        string topic = await _broker.CreateTopicAsync();
        using IProducer<string?, string?> producer = NewProducer(transactional: true);
        faults.DropResponse(ApiKey.InitProducerId);
        producer.InitTransactions(Librdkafka.Patience);
        faults.DropResponse(ApiKey.AddPartitionsToTxn);
        faults.DropResponse(ApiKey.Produce);
        faults.DropResponse(ApiKey.EndTxn);

        producer.BeginTransaction();
        producer.Produce(topic, Value("v"));
        producer.CommitTransaction(Librdkafka.Patience);

        Assert.Equal(["v"], _broker.ReadAll(topic).Select(record => record.Message.Value));
    }

    [OwnBrokerFact]
    public async Task ShouldAbortAndFence_WhenTransactionIsOpenForTooLong()
    {
        string topic = await _broker.CreateTopicAsync();
        using IProducer<string?, string?> producer = NewProducer(transactional: true, timeoutMs: 8000);
        producer.InitTransactions(Librdkafka.Patience);
        producer.BeginTransaction();
        producer.Produce(topic, Value("late"));
        producer.Flush(Librdkafka.Patience);
        using IProducer<string?, string?> plain = NewProducer();
        await plain.ProduceAsync(topic, Value("after"));
        Assert.Empty(_broker.ReadAll(topic));

        await Eventually.Until(
            () => _broker.ReadAll(topic).Count > 0,
            "the transaction that was open for too long no longer holds readers back"
        );

        Assert.Equal(["after"], _broker.ReadAll(topic).Select(record => record.Message.Value));
        Assert.ThrowsAny<KafkaException>(() => producer.CommitTransaction(Librdkafka.Patience));
    }

    [OwnBrokerFact]
    public async Task ShouldStillDeliver_WhenRequestsAreSlow()
    {
        string topic = await _broker.CreateTopicAsync();
        _broker.Own.Faults.Delay(ApiKey.Produce, TimeSpan.FromMilliseconds(300), times: 2);
        _broker.Own.Faults.Delay(ApiKey.Fetch, TimeSpan.FromMilliseconds(300), times: 2);
        using IProducer<string?, string?> producer = NewProducer();
        long started = TimeProvider.System.GetTimestamp();

        await producer.ProduceAsync(topic, Value("v"));

        Assert.True(TimeProvider.System.GetElapsedTime(started) >= TimeSpan.FromMilliseconds(300));
        Assert.Equal(["v"], _broker.ReadAll(topic).Select(record => record.Message.Value));
    }

    [OwnBrokerFact]
    public async Task ShouldRefuseAndRecover_WhenDiskIsFull()
    {
        string topic = await _broker.CreateTopicAsync();
        using IProducer<string?, string?> producer = _broker.Producer(config => config.MessageTimeoutMs = 2000);
        await producer.ProduceAsync(topic, Value("before"));
        _broker.Own.Faults.DiskFull = true;

        await Assert.ThrowsAsync<ProduceException<string?, string?>>(() => producer.ProduceAsync(topic, Value("lost")));
        _broker.Own.Faults.DiskFull = false;
        using IProducer<string?, string?> another = NewProducer();
        await another.ProduceAsync(topic, Value("after"));

        Assert.Equal(["before", "after"], _broker.ReadAll(topic).Select(record => record.Message.Value));
    }

    private static Message<string?, string?> Value(string value) => new() { Value = value };

    private IProducer<string?, string?> NewProducer(bool transactional = false, int timeoutMs = 30_000) =>
        _broker.Producer(config =>
        {
            config.ReconnectBackoffMs = 20;
            config.ReconnectBackoffMaxMs = 200;
            config.RetryBackoffMs = 20;
            if (!transactional)
            {
                return;
            }

            config.TransactionalId = BrokerUnderTest.Unique("txn");
            config.TransactionTimeoutMs = timeoutMs;
        });
}
