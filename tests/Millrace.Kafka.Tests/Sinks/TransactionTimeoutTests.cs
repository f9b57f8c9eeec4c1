using Xunit;

namespace Millrace.Kafka.Tests.Sinks;

/// <summary>The broker gives a producer that was overtaken and one whose transaction has timed out the same answer.</summary>
public sealed class TransactionTimeoutTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("out", 1)];

    [Fact]
    public async Task ShouldNameTheTimeout_WhenTheTransactionWasOpenForLonger()
    {
        await using SinkDriver<string> driver = new(Sink(TimeSpan.FromSeconds(1)));
        driver.Recover();

        KafkaClientException error = WriteUntilRefused(driver);

        Assert.Contains("longer than its timeout of 00:00:01", error.Message, StringComparison.Ordinal);
        Assert.Contains(".SetTransactionTimeout", error.Message, StringComparison.Ordinal);
        Assert.Contains("second instance", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldNameTheOtherProducer_WhenTheTransactionWasOpenForLess()
    {
        await using SinkDriver<string> driver = new(Sink(TimeSpan.FromMinutes(1)));
        driver.Recover();
        driver.Write("a");
        driver.Flush();
        await using SinkDriver<string> other = new(Sink(TimeSpan.FromMinutes(1)));
        other.Recover();

        KafkaClientException error = WriteUntilRefused(driver);

        Assert.Contains("Another producer with the same transactional.id has taken over", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("timeout of", error.Message, StringComparison.Ordinal);
    }

    private static KafkaClientException WriteUntilRefused(SinkDriver<string> driver)
    {
        CancellationToken deadline = Deadline.Token();
        while (true)
        {
            deadline.ThrowIfCancellationRequested();
            try
            {
                driver.Write("x");
                driver.Flush();
            }
            catch (KafkaClientException e)
            {
                return e;
            }
        }
    }

    private KafkaSink<string> Sink(TimeSpan timeout) =>
        KafkaSink
            .Builder<string>()
            .SetBootstrapServers(BootstrapServers)
            .SetTopic("out")
            .SetProperty("linger.ms", "1")
            .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
            .SetTransactionTimeout(timeout)
            .SetValueSerializer(SimpleStringSchema.Instance)
            .Build();
}
