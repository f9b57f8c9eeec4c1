using Millrace.Connectors;
using Xunit;

namespace Millrace.Kafka.Tests.Sinks;

public sealed class CommittingSinkTests
{
    [Theory]
    [InlineData(DeliveryGuarantee.ExactlyOnce, true)]
    [InlineData(DeliveryGuarantee.AtLeastOnce, false)]
    [InlineData(DeliveryGuarantee.BestEffort, false)]
    public void ShouldSayThatItCommits_WhenItWritesInTransactions(DeliveryGuarantee guarantee, bool commits)
    {
        ISink<string> sink = KafkaSink
            .Builder<string>()
            .SetTopic("out")
            .SetValueSerializer(new SimpleStringSchema())
            .SetDeliveryGuarantee(guarantee)
            .Build();
        ISink<string> flinks = new FlinkKafkaProducer<string>("out", new SimpleStringSchema(), [], guarantee);

        Assert.Equal((commits, commits), (sink.CommitsByCheckpoints, flinks.CommitsByCheckpoints));
    }
}
