using Millrace.Kafka.Producing;
using Xunit;

namespace Millrace.Kafka.Tests.Producing;

public sealed class StatisticsReaderTests
{
    [Fact]
    public void ShouldReadIdAndEpoch_WhenTopicsHaveTheSameName()
    {
        ProducerIdentity? identity = StatisticsReader.Identity(
            """{"name":"x","topics":{"eos":{"producer_id":7}},"eos":{"idemp_state":"Assigned","producer_id":4000,"producer_epoch":12,"epoch_cnt":0}}"""u8
        );

        Assert.Equal(new ProducerIdentity(4000, 12), identity);
    }

    [Theory]
    [InlineData("""{"name":"x"}""")]
    [InlineData("""{"eos":{"producer_id":-1,"producer_epoch":-1}}""")]
    public void ShouldReadNothing_WhenThereIsNoIdYet(string json) =>
        Assert.Null(StatisticsReader.Identity(System.Text.Encoding.UTF8.GetBytes(json)));
}
