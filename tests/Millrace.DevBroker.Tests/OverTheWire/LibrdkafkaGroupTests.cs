using Confluent.Kafka;

namespace Millrace.DevBroker.Tests.OverTheWire;

[Trait(Clients.Trait, Clients.Librdkafka)]
public class LibrdkafkaGroupTests(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    private const int Partitions = 6;

    [Theory]
    [InlineData(PartitionAssignmentStrategy.Range)]
    [InlineData(PartitionAssignmentStrategy.RoundRobin)]
    [InlineData(PartitionAssignmentStrategy.CooperativeSticky)]
    public async Task ShouldProcessEachRecordOnce_WhenLibrdkafkaMembersJoinLeaveAndCrash(PartitionAssignmentStrategy strategy)
    {
        string topic = await broker.CreateTopicAsync(Partitions);
        string group = BrokerUnderTest.Unique("group");
        ProcessedRecords processed = new();
        using IProducer<string?, string?> producer = broker.Producer();
        LibrdkafkaMember Join() => new(broker, group, topic, processed, strategy);

        await using LibrdkafkaMember first = Join();
        ProcessedRecords.Produce(producer, topic, Partitions, 0, 200);
        await processed.WaitForAsync(100);
        await using LibrdkafkaMember second = Join();
        await using LibrdkafkaMember third = Join();
        ProcessedRecords.Produce(producer, topic, Partitions, 200, 400);
        await LibrdkafkaMember.WaitForAssignmentAsync(Partitions, first, second, third);
        ProcessedRecords.Produce(producer, topic, Partitions, 400, 600);
        await processed.WaitForAsync(500);
        await second.LeaveAsync();
        ProcessedRecords.Produce(producer, topic, Partitions, 600, 800);
        await LibrdkafkaMember.WaitForAssignmentAsync(Partitions, first, third);
        ProcessedRecords.Produce(producer, topic, Partitions, 800, 1000);
        await processed.WaitForAsync(900);
        await first.CrashAsync();
        ProcessedRecords.Produce(producer, topic, Partitions, 1000, 1200);
        await LibrdkafkaMember.WaitForAssignmentAsync(Partitions, third);
        await processed.WaitForAsync(1200);
        await third.LeaveAsync();

        processed.AssertEachOnce(1200);
        Dictionary<int, long> committed = await Librdkafka.CommittedAsync(broker.BootstrapServers, group, topic, Partitions);
        Assert.All(committed.Values, offset => Assert.Equal(1200 / Partitions, offset));
    }

    [Fact]
    public async Task ShouldTakeAwayOnlyWhatMoves_WhenLibrdkafkaRebalancesCooperatively()
    {
        string topic = await broker.CreateTopicAsync(Partitions);
        string group = BrokerUnderTest.Unique("group");
        ProcessedRecords processed = new();
        await using LibrdkafkaMember first = new(broker, group, topic, processed, PartitionAssignmentStrategy.CooperativeSticky);
        await LibrdkafkaMember.WaitForAssignmentAsync(Partitions, first);

        await using LibrdkafkaMember second = new(broker, group, topic, processed, PartitionAssignmentStrategy.CooperativeSticky);
        await LibrdkafkaMember.WaitForAssignmentAsync(Partitions, first, second);

        Assert.Equal(3, first.Partitions.Count);
        Assert.Equal(Partitions, first.Rebalances.Where(each => each.Kind == "assigned").Sum(each => each.Partitions));
        Assert.Equal(3, first.Rebalances.Where(each => each.Kind == "revoked").Sum(each => each.Partitions));
        Assert.DoesNotContain(first.Rebalances, each => each.Kind == "lost");
        Assert.DoesNotContain(second.Rebalances, each => each.Kind == "revoked" && each.Partitions > 0);
    }

    [Fact]
    public async Task ShouldKeepAssignmentWithoutRebalance_WhenLibrdkafkaStaticMemberRestarts()
    {
        string topic = await broker.CreateTopicAsync(Partitions);
        string group = BrokerUnderTest.Unique("group");
        ProcessedRecords processed = new();
        LibrdkafkaMember Join(string name) => new(broker, group, topic, processed, PartitionAssignmentStrategy.Range, name);
        await using LibrdkafkaMember stays = Join("stays");
        await using LibrdkafkaMember restarts = Join("restarts");
        await LibrdkafkaMember.WaitForAssignmentAsync(Partitions, stays, restarts);
        IReadOnlyList<int> before = restarts.Partitions;
        int rebalances = stays.Rebalances.Count;

        await restarts.CrashAsync();
        await using LibrdkafkaMember back = Join("restarts");
        await LibrdkafkaMember.WaitForAssignmentAsync(Partitions, stays, back);

        Assert.Equal(before.Order(), back.Partitions.Order());
        Assert.Equal(rebalances, stays.Rebalances.Count);
    }

    [Fact]
    public async Task ShouldFenceOlderMember_WhenLibrdkafkaStaticNameIsTakenTwice()
    {
        string topic = await broker.CreateTopicAsync();
        string group = BrokerUnderTest.Unique("group");
        ConsumerConfig config = Librdkafka.ConsumerConfig(broker.BootstrapServers, group);
        config.GroupInstanceId = "one";
        using IConsumer<string?, string?> zombie = Librdkafka.Builder(config).Build();
        zombie.Subscribe(topic);
        await Eventually.Until(() => Poll(zombie) is null && zombie.Assignment.Count == 1, "the first member has the partition");

        using IConsumer<string?, string?> heir = Librdkafka.Builder(config).Build();
        heir.Subscribe(topic);
        Error? fenced = null;
        await Eventually.Until(
            () =>
            {
                fenced ??= Poll(zombie);
                return Poll(heir) is null && heir.Assignment.Count == 1 && fenced is not null;
            },
            "the second has the partition and the first is fenced"
        );

        Assert.Equal(ErrorCode.FencedInstanceId, fenced!.Code);

        static Error? Poll(IConsumer<string?, string?> consumer)
        {
            try
            {
                consumer.Consume(TimeSpan.FromMilliseconds(10));
                return null;
            }
            catch (ConsumeException exception)
            {
                return exception.Error.IsFatal ? exception.Error : null;
            }
        }
    }

    [OwnBrokerFact]
    public async Task ShouldRejoinAndLoseNothing_WhenLibrdkafkaMemberBecomesZombie()
    {
        string topic = await broker.CreateTopicAsync(Partitions);
        string group = BrokerUnderTest.Unique("group");
        ProcessedRecords processed = new();
        using IProducer<string?, string?> producer = broker.Producer();
        await using LibrdkafkaMember zombie = new(broker, group, topic, processed, PartitionAssignmentStrategy.Range);
        await using LibrdkafkaMember other = new(broker, group, topic, processed, PartitionAssignmentStrategy.Range);
        await LibrdkafkaMember.WaitForAssignmentAsync(Partitions, zombie, other);
        ProcessedRecords.Produce(producer, topic, Partitions, 0, 300);

        Assert.Equal(1, broker.Own.Faults.ExpireMembers(group, zombie.MemberId));
        ProcessedRecords.Produce(producer, topic, Partitions, 300, 600);
        await processed.WaitForAsync(600);
        await LibrdkafkaMember.WaitForAssignmentAsync(Partitions, zombie, other);
        Assert.True(broker.Own.Faults.ForceRebalance(group));
        ProcessedRecords.Produce(producer, topic, Partitions, 600, 900);
        await processed.WaitForAsync(900);

        processed.AssertEachOnce(900);
        Assert.Contains(zombie.Rebalances, each => each.Kind is "lost" or "revoked");
    }
}
