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

        var error = Assert.Throws<KafkaClientException>(
            () => KafkaClient.Create(KafkaClient.Producer, properties, new ClientCallbacks(NullLogger.Instance)));

        Assert.Contains("'bootstrap.server'", error.Message, StringComparison.Ordinal);
        Assert.Contains("CONFIGURATION.md", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldListEveryError_WhenValidating()
    {
        Dictionary<string, string> properties = new(StringComparer.Ordinal) { ["acks"] = "many", ["nope"] = "1", ["linger.ms"] = "5" };
        List<string> errors = [];

        KafkaClient.Validate(properties, errors);

        Assert.Equal(2, errors.Count);
        Assert.Contains("'acks' = 'many'", errors[0], StringComparison.Ordinal);
        Assert.Contains("'nope'", errors[1], StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldThrow_WhenPropertiesContradict()
    {
        Dictionary<string, string> properties = new(StringComparer.Ordinal) { ["enable.idempotence"] = "true", ["acks"] = "1" };

        var error = Assert.Throws<KafkaClientException>(
            () => KafkaClient.Create(KafkaClient.Producer, properties, new ClientCallbacks(NullLogger.Instance)));

        Assert.StartsWith("Creating a Kafka producer:", error.Message, StringComparison.Ordinal);
    }
}
