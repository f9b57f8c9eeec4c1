using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Kafka.Interop;
using Xunit;

namespace Millrace.Kafka.Tests.Interop;

public sealed class KafkaClientTests
{
    [Fact]
    public void ShouldNamePropertyAndValue_WhenPropertyIsUnknown()
    {
        Dictionary<string, string> properties = new(StringComparer.Ordinal) { ["bootstrap.server"] = "x:9092" };

        KafkaClientException error = Assert.Throws<KafkaClientException>(() =>
            KafkaClient.Create(KafkaClient.Producer, properties, new ClientCallbacks(NullLogger.Instance))
        );

        Assert.Contains("'bootstrap.server'", error.Message, StringComparison.Ordinal);
        Assert.Contains("CONFIGURATION.md", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldListEveryError_WhenValidating()
    {
        Dictionary<string, string> properties = new(StringComparer.Ordinal)
        {
            ["acks"] = "many",
            ["nope"] = "1",
            ["linger.ms"] = "5",
        };
        List<string> errors = [];

        KafkaClient.Validate(properties, errors);

        Assert.Equal(2, errors.Count);
        Assert.Contains("'acks' = 'many'", errors[0], StringComparison.Ordinal);
        Assert.Contains("'nope'", errors[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 10_000, 1_000)]
    [InlineData("transaction.timeout.ms=900000", 10_000, 1_000)]
    [InlineData("transaction.timeout.ms=2000", 1_900, 1_000)]
    [InlineData("fetch.wait.max.ms=15000", 17_000, 1_000)]
    [InlineData("socket.timeout.ms=60000,reconnect.backoff.max.ms=5000", 60_000, 5_000)]
    public void ShouldFailOverInSeconds_UnlessTold(string given, int socketTimeout, int backoff)
    {
        Dictionary<string, string> properties = given
            .Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(each => each.Split('='))
            .ToDictionary(each => each[0], each => each[1], StringComparer.Ordinal);
        bool isTransactional = properties.ContainsKey("transaction.timeout.ms");
        if (isTransactional)
        {
            properties["transactional.id"] = "t";
        }

        Dictionary<string, string> all = KafkaClient.WithDefaults(properties);
        using KafkaHandle client = KafkaClient.Create(
            isTransactional ? KafkaClient.Producer : KafkaClient.Consumer,
            properties,
            new ClientCallbacks(NullLogger.Instance)
        );

        Assert.Equal(
            (socketTimeout, backoff),
            (
                int.Parse(all["socket.timeout.ms"], CultureInfo.InvariantCulture),
                int.Parse(all["reconnect.backoff.max.ms"], CultureInfo.InvariantCulture)
            )
        );
        Assert.False(client.IsInvalid);
    }

    [Fact]
    public void ShouldThrow_WhenPropertiesContradict()
    {
        Dictionary<string, string> properties = new(StringComparer.Ordinal) { ["enable.idempotence"] = "true", ["acks"] = "1" };

        KafkaClientException error = Assert.Throws<KafkaClientException>(() =>
            KafkaClient.Create(KafkaClient.Producer, properties, new ClientCallbacks(NullLogger.Instance))
        );

        Assert.StartsWith("Creating a Kafka producer:", error.Message, StringComparison.Ordinal);
    }
}
