using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;
using Xunit;

namespace Millrace.Kafka.Tests.Consuming;

public sealed class RawConsumerGroupTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("in", 4)];

    [Theory]
    [InlineData("range")]
    [InlineData("cooperative-sticky")]
    public void ShouldHearOfItsPartitions_WhenGroupRebalances(string strategy)
    {
        Listener one = new();
        Listener two = new();
        using RawConsumer first = Subscribe(strategy, one);
        using MessageBatch batch = new(10);
        Until(() => one.Owned.Count == 4, first);
        using (RawConsumer second = Subscribe(strategy, two))
        {
            Until(() => one.Owned.Count == 2 && two.Owned.Count == 2, first, second);
            Assert.Empty(one.Owned.Intersect(two.Owned));
        }

        Until(() => one.Owned.Count == 4, first);
        Assert.Empty(two.Owned);
    }

    [Fact]
    public void ShouldThrowFromRead_WhenListenerFails()
    {
        using RawConsumer consumer = Subscribe("range", new Failing());
        using MessageBatch batch = new(10);
        CancellationToken deadline = Deadline.Token();

        Assert.Throws<InvalidOperationException>(() =>
        {
            while (!deadline.IsCancellationRequested)
            {
                _ = consumer.Read(batch, TimeSpan.FromMilliseconds(100));
            }
        });
    }

    private static void Until(Func<bool> done, params RawConsumer[] consumers)
    {
        using MessageBatch batch = new(10);
        CancellationToken deadline = Deadline.Token();
        while (!done())
        {
            Assert.False(deadline.IsCancellationRequested, "The group has not come to rest.");
            foreach (RawConsumer consumer in consumers)
            {
                _ = consumer.Read(batch, TimeSpan.FromMilliseconds(10));
            }
        }
    }

    private RawConsumer Subscribe(string strategy, IRebalanceListener listener)
    {
        RawConsumer consumer = new(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["bootstrap.servers"] = BootstrapServers,
                ["group.id"] = "g",
                ["heartbeat.interval.ms"] = "50",
                ["session.timeout.ms"] = "6000",
                ["partition.assignment.strategy"] = strategy,
            },
            NullLogger.Instance,
            listener
        );
        consumer.Subscribe(["in"]);
        return consumer;
    }

    private sealed class Listener : IRebalanceListener
    {
        internal HashSet<int> Owned { get; } = [];

        public void OnAssigned(TopicPartitionList partitions)
        {
            for (int i = 0; i < partitions.Count; i++)
            {
                Assert.True(Owned.Add(partitions.Partition(i)));
            }
        }

        public void OnRevoked(TopicPartitionList partitions)
        {
            for (int i = 0; i < partitions.Count; i++)
            {
                Assert.True(Owned.Remove(partitions.Partition(i)));
            }
        }
    }

    private sealed class Failing : IRebalanceListener
    {
        public void OnAssigned(TopicPartitionList partitions) => throw new InvalidOperationException("on purpose");

        public void OnRevoked(TopicPartitionList partitions)
        {
            // Nothing was assigned.
        }
    }
}
