using System.Buffers;
using System.Text;
using Millrace.Connectors;
using Xunit;

namespace Millrace.Kafka.Tests.Jobs;

/// <summary>A schema whose service is away for a moment.</summary>
public sealed class ExternalServiceTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("in", 1), ("out", 1)];

    [Fact]
    public async Task ShouldReadEachRecordOnce_WhenTheServiceComesBack()
    {
        Fill("in", 1, 0, 10);
        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(
            KafkaSource
                .Builder<string>()
                .SetBootstrapServers(BootstrapServers)
                .SetTopics("in")
                .SetBounded(OffsetsInitializer.Latest())
                .SetDeserializationErrorPolicy(DeserializationErrorPolicy.Skip)
                .SetDeserializer(new FlakySchema("5"))
                .Build()
        );

        driver.ReadToEnd();

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), driver.Output.Values);
    }

    [Fact]
    public async Task ShouldFailTheRun_WhenTheServiceRefuses()
    {
        Fill("in", 1, 0, 10);
        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(
            KafkaSource
                .Builder<string>()
                .SetBootstrapServers(BootstrapServers)
                .SetTopics("in")
                .SetBounded(OffsetsInitializer.Latest())
                .SetDeserializationErrorPolicy(DeserializationErrorPolicy.Skip)
                .SetDeserializer(new FlakySchema("5", isTransient: false))
                .Build()
        );

        ExternalServiceException error = Assert.Throws<ExternalServiceException>(driver.ReadToEnd);

        Assert.Equal("Kafka source 'kafka': away", error.Message);
    }

    [Fact]
    public async Task ShouldWriteEachRecordOnce_WhenTheServiceComesBack()
    {
        await using SinkDriver<string> driver = new(
            KafkaSink
                .Builder<string>()
                .SetBootstrapServers(BootstrapServers)
                .SetTopic("out")
                .SetValueSerializer(new FlakySchema("b"))
                .Build()
        );

        driver.Write("a", "b", "c");
        driver.Write("d");
        driver.Flush();

        Assert.Equal(["a", "b", "c", "d"], await ReadAllAsync("out"));
    }

    private sealed class FlakySchema(string at, bool isTransient = true) : IDeserializationSchema<string>, ISerializationSchema<string>
    {
        private bool _wasAway;

        public string Deserialize(ReadOnlySpan<byte> value) => Check(Encoding.UTF8.GetString(value));

        public void Serialize(string value, IBufferWriter<byte> output)
        {
            output.Write(Encoding.UTF8.GetBytes(value));
            Check(value);
        }

        private string Check(string value)
        {
            if (value != at || _wasAway)
            {
                return value;
            }

            _wasAway = true;
            throw new ExternalServiceException("away") { IsTransient = isTransient };
        }
    }
}
