using System.Globalization;
using System.Text;
using Millrace.Connectors;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Kafka.Tests.Sinks;

public sealed class KafkaSinkTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("out", 1), ("wide", 4), ("other", 1)];

    [Fact]
    public async Task ShouldBeDurable_WhenFlushed()
    {
        await using SinkDriver<string> driver = new(Sink().SetTopic("out").Build());

        driver.Write([.. Enumerable.Range(0, 1000).Select(i => $"{i}")]);
        driver.Flush();

        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"{i}"), await ReadAllAsync("out"));
    }

    [Fact]
    public async Task ShouldWriteKeyHeadersAndEventTimestamp_WhenGiven()
    {
        await using SinkDriver<string> driver = new(
            Sink()
                .SetTopic("out")
                .SetKeySerializer(SimpleStringSchema.Instance)
                .SetHeaders(
                    static (value, record) =>
                    {
                        record.AddHeader("length"u8, Encoding.UTF8.GetBytes(value.Length.ToString(CultureInfo.InvariantCulture)));
                        record.AddHeader("empty", "");
                    }
                )
                .Build()
        );

        driver.WriteAt("abc", 123_456);
        driver.Flush();

        Assert.Equal(["123456 abc=abc length:3 empty:"], await ShowAsync("out"));
    }

    [Fact]
    public async Task ShouldChooseTopicAndPartition_WhenAsked()
    {
        await using SinkDriver<string> driver = new(
            Sink()
                .SetTopicSelector(static value => value.StartsWith('w') ? "wide" : "other")
                .SetPartitioner(static (value, _, count) => value.Length % count)
                .Build()
        );

        driver.Write("w", "ww", "www", "wwwww", "o");
        driver.Flush();

        Assert.Equal(["1:w", "1:wwwww", "2:ww", "3:www"], (await PartitionsAsync("wide")).Order(StringComparer.Ordinal));
        Assert.Equal(["o"], await ReadAllAsync("other"));
    }

    [Fact]
    public async Task ShouldWriteTombstones_WhenSchemaSaysSo()
    {
        await using SinkDriver<string> driver = new(
            KafkaSink.Builder<string>().SetBootstrapServers(BootstrapServers).SetTopic("out").SetRecordSerializer(new Deletion()).Build()
        );

        driver.WriteAt("k", 1);
        driver.Flush();

        Assert.Equal(["1 k=(null)"], await ShowAsync("out"));
    }

    [Fact]
    public async Task ShouldPutEqualKeysTogetherAsJavaDoes_WhenNoPartitionerIsGiven()
    {
        await using SinkDriver<string> driver = new(Sink().SetTopic("wide").SetKeySerializer(SimpleStringSchema.Instance).Build());

        driver.Write("a", "b", "foobar", "a", "b");
        driver.Flush();

        // murmur2 & 0x7fffffff % 4, from Java's Utils.murmur2: a = 0xa5ab87a1 -> 1, foobar = -790332482 -> 2.
        List<string> placed = await PartitionsAsync("wide");
        Assert.Single(placed.Where(entry => entry.EndsWith(":a", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal));
        Assert.Contains("2:foobar", placed);
    }

    [OwnBrokerFact]
    public async Task ShouldFailTheCheckpoint_WhenTopicDoesNotExist()
    {
        await using SinkDriver<string> driver = new(
            Sink().SetTopic("missing").SetProperty("topic.metadata.propagation.max.ms", "0").Build()
        );

        KafkaClientException error = Assert.Throws<KafkaClientException>(() =>
        {
            driver.Write("x");
            driver.Flush();
        });

        Assert.Contains("missing", error.Message, StringComparison.Ordinal);
        Assert.Contains("Create the topic", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldGoOn_WhenGuaranteeIsBestEffort()
    {
        await using SinkDriver<string> driver = new(
            Sink()
                .SetTopicSelector(static value => value == "lost" ? "missing" : "out")
                .SetProperty("topic.metadata.propagation.max.ms", "0")
                .SetDeliveryGuarantee(DeliveryGuarantee.BestEffort)
                .Build()
        );

        driver.Write("lost", "kept");
        driver.Flush(endOfInput: true);

        Assert.Equal(["kept"], await ReadAllAsync("out"));
    }

    [Fact]
    public void ShouldNamePartitionAndBounds_WhenPartitionerIsWrong()
    {
        SinkDriver<string> driver = new(Sink().SetTopic("wide").SetPartitioner(static (_, _, count) => count).Build());

        InvalidOperationException error = Assert.IsType<InvalidOperationException>(
            Assert.Throws<SinkRecordException>(() => driver.Write("x")).InnerException
        );

        Assert.Contains("partition 4 of topic 'wide', which has 4", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldListEveryMistake_WhenDeclarationIsWrong()
    {
        List<string> errors = [];

        KafkaSink
            .Builder<string>()
            .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
            .SetProperty("transactional.id", "mine")
            .SetProperty("security.protocol", "sasl_ssl")
            .SetProperty("sasl.mechanism", "OAUTHBEARER")
            .SetProperty("acks", "1")
            .Build()
            .Validate(errors);

        Assert.Collection(
            errors,
            error => Assert.Contains(".SetBootstrapServers", error, StringComparison.Ordinal),
            error => Assert.Contains(".SetTopic", error, StringComparison.Ordinal),
            error => Assert.Contains(".SetValueSerializer", error, StringComparison.Ordinal),
            error => Assert.Contains("'transactional.id'", error, StringComparison.Ordinal),
            error => Assert.Contains("'OAUTHBEARER'", error, StringComparison.Ordinal),
            error => Assert.Contains("acks = all", error, StringComparison.Ordinal)
        );
    }

    private KafkaSinkBuilder<string> Sink() =>
        KafkaSink.Builder<string>().SetBootstrapServers(BootstrapServers).SetValueSerializer(SimpleStringSchema.Instance);

    private Task<List<string>> ShowAsync(string topic) =>
        ReadAsync(
            topic,
            static (in KafkaMessage m) =>
            {
                StringBuilder text = new();
                text.Append(CultureInfo.InvariantCulture, $"{m.Timestamp} {Encoding.UTF8.GetString(m.Key)}=");
                text.Append(m.IsTombstone ? "(null)" : Encoding.UTF8.GetString(m.Value));
                for (int i = 0; i < m.Headers.Count; i++)
                {
                    text.Append(
                        CultureInfo.InvariantCulture,
                        $" {Encoding.UTF8.GetString(m.Headers[i].Name)}:{Encoding.UTF8.GetString(m.Headers[i].Value)}"
                    );
                }

                return text.ToString();
            }
        );

    private Task<List<string>> PartitionsAsync(string topic) =>
        ReadAsync(topic, static (in KafkaMessage m) => $"{m.Partition}:{Encoding.UTF8.GetString(m.Value)}");

    private async Task<List<string>> ReadAsync(string topic, KafkaDeserializer<string> deserialize)
    {
        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(
            KafkaSource
                .Builder<string>()
                .SetBootstrapServers(BootstrapServers)
                .SetTopics(topic)
                .SetBounded(OffsetsInitializer.Latest())
                .SetDeserializer(DeserializationSchema.OfMessage(deserialize))
                .Build()
        );
        driver.ReadToEnd();
        return [.. driver.Output.Values];
    }

    private sealed class Deletion : IKafkaSerializationSchema<string>
    {
        public void Serialize(string value, KafkaProducerRecord record)
        {
            SimpleStringSchema.Instance.Serialize(value, record.Key);
            record.IsTombstone = true;
        }
    }
}
