using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Producing;
using Millrace.Testing;
using Xunit;

namespace Millrace.Kafka.Tests.Sources;

/// <summary>Dead letters on a broker that has limits.</summary>
public sealed class DeadLetterTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("in", 1), ("dead", 1)];

    internal override async Task PrepareAsync()
    {
        using IAdminClient admin = new AdminClientBuilder([new("bootstrap.servers", BootstrapServers)]).Build();
        await admin.CreateTopicsAsync([
            new TopicSpecification
            {
                Name = "small",
                NumPartitions = 1,
                ReplicationFactor = 1,
                Configs = new() { ["max.message.bytes"] = "10000" },
            },
        ]);
    }

    [Fact]
    public async Task ShouldLogOneLineASecond_WhenNoRecordCanBeRead()
    {
        using RecordingLoggers loggers = new();
        ManualTimeProvider time = new();
        await using IRawRecordReader<int> reader = Numbers(DeserializationErrorPolicy.Skip)
            .CreateRawReader(Contexts.Task(loggers: loggers) with { TimeProvider = time });
        RecordBatch<int> none = new(1);
        for (int i = 0; i < 30; i++)
        {
            reader.Read(new RawRecord("in", 0, i, 0, null, "poison"u8.ToArray(), []), none);
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(0, none.Count);
        Assert.Equal(3, loggers.Warnings.Count);
        Assert.StartsWith(
            "Kafka source 'kafka': a record was left out. Record in [0] @ 0: the schema's delegate cannot read it (",
            loggers.Warnings.First(),
            StringComparison.Ordinal
        );
        Assert.All(
            loggers.Warnings.Skip(1),
            line =>
                Assert.StartsWith(
                    "Kafka source 'kafka': a record was left out (9 more since the last line). Record",
                    line,
                    StringComparison.Ordinal
                )
        );
        Assert.All(loggers.Warnings, line => Assert.DoesNotContain("SetDeserializationErrorPolicy", line, StringComparison.Ordinal));
        Assert.All(loggers.Warnings, line => Assert.InRange(line.Length, 1, 1_000));
    }

    [Fact]
    public async Task ShouldNotLogTheRecord_WhenWhatThrowsQuotesIt()
    {
        using RecordingLoggers loggers = new();
        KafkaSource<int> source = KafkaSource
            .Builder<int>()
            .SetBootstrapServers("localhost:1")
            .SetTopics("in")
            .SetDeserializer(DeserializationSchema.Of<int>(static value => throw new FormatException(Encoding.UTF8.GetString(value))))
            .SetDeserializationErrorPolicy(DeserializationErrorPolicy.Skip)
            .Build();
        await using IRawRecordReader<int> reader = source.CreateRawReader(Contexts.Task(loggers: loggers));

        reader.Read(new RawRecord("in", 0, 0, 0, null, Encoding.UTF8.GetBytes(new string('x', 50_000)), []), new RecordBatch<int>(1));

        Assert.InRange(Assert.Single(loggers.Warnings).Length, 100, 1_000);
    }

    [Fact]
    public async Task ShouldWriteTheWholeRecord_WhenItIsNearlyAsLargeAsAProducersDefaultLimit()
    {
        Produce(new byte[999_900]);
        await using SourceDriver<int> driver = await SourceDriver<int>.StartAsync(Numbers(DeserializationErrorPolicy.DeadLetter("dead")));

        driver.ReadToEnd();
        _ = driver.Reader.SnapshotSplits(1);

        Message<byte[]?, byte[]?> letter = Assert.Single(Letters());
        Assert.Equal(999_900, letter.Value!.Length);
    }

    [Fact]
    public async Task ShouldKeepNullHeadersNull_WhenARecordBecomesALetter()
    {
        Produce("poison"u8, NullAndEmptyHeaders());
        await using SourceDriver<int> driver = await SourceDriver<int>.StartAsync(Numbers(DeserializationErrorPolicy.DeadLetter("dead")));

        driver.ReadToEnd();
        _ = driver.Reader.SnapshotSplits(1);

        Headers headers = Assert.Single(Letters()).Headers;
        Assert.Null(headers.GetLastBytes("null"));
        Assert.Equal([], headers.GetLastBytes("empty"));
    }

    [Fact]
    public async Task ShouldNameTheRecordAndTheRemedies_WhenTheTopicTakesNoSuchLetter()
    {
        Produce(new byte[20_000]);
        await using SourceDriver<int> driver = await SourceDriver<int>.StartAsync(Numbers(DeserializationErrorPolicy.DeadLetter("small")));

        KafkaClientException error = Assert.Throws<KafkaClientException>(() =>
        {
            driver.ReadToEnd();
            _ = driver.Reader.SnapshotSplits(1);
        });

        Assert.Contains("'kafka': record in [0] @ 0 cannot be read", error.Message, StringComparison.Ordinal);
        Assert.Contains("'small'", error.Message, StringComparison.Ordinal);
        Assert.Contains("max.message.bytes of the topic", error.Message, StringComparison.Ordinal);
        Assert.Contains("OversizedLetterAction.Shorten", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("small", null)]
    [InlineData("dead", "15000")]
    public async Task ShouldShortenOnlyTheLetterThatIsTooLarge_WhenToldTo(string topic, string? clientLimit)
    {
        Produce("p1"u8);
        byte[] large = new byte[20_000];
        Array.Fill(large, (byte)'x');
        Produce(large);
        Produce("p2"u8);
        DeadLetterOptions options = new() { WhenTooLarge = OversizedLetterAction.Shorten, ShortenedBytes = 10 };
        if (clientLimit is not null)
        {
            options = options with { ProducerProperties = new Dictionary<string, string> { ["message.max.bytes"] = clientLimit } };
        }

        await using SourceDriver<int> driver = await SourceDriver<int>.StartAsync(
            Numbers(DeserializationErrorPolicy.DeadLetter(topic, options))
        );

        driver.ReadToEnd();
        _ = driver.Reader.SnapshotSplits(1);

        List<Message<byte[]?, byte[]?>> letters = Letters(topic);
        Assert.Equal(
            ["p1", "p2", "xxxxxxxxxx"],
            letters.Select(letter => Encoding.UTF8.GetString(letter.Value!)).Order(StringComparer.Ordinal)
        );
        Message<byte[]?, byte[]?> shortened = letters.Single(letter =>
            letter.Headers.TryGetLastBytes(DeadLetterHeaders.OriginalSize, out _)
        );
        Assert.Equal("20000", Header(shortened, DeadLetterHeaders.OriginalSize));
        Assert.Equal("1", Header(shortened, DeadLetterHeaders.Offset));
        Assert.Equal("key", Encoding.UTF8.GetString(shortened.Key!));
        Assert.Equal(1_000, shortened.Timestamp.UnixTimestampMs);
    }

    [Fact]
    public async Task ShouldNameTheRecord_WhenTheDeadLetterTopicIsMissing()
    {
        Produce("poison"u8);
        DeadLetterOptions options = new()
        {
            ProducerProperties = new Dictionary<string, string>
            {
                ["topic.metadata.propagation.max.ms"] = "100",
                ["topic.metadata.refresh.fast.interval.ms"] = "50",
            },
        };
        await using SourceDriver<int> driver = await SourceDriver<int>.StartAsync(
            Numbers(DeserializationErrorPolicy.DeadLetter("missing", options))
        );

        KafkaClientException error = Assert.Throws<KafkaClientException>(() =>
        {
            driver.ReadToEnd();
            _ = driver.Reader.SnapshotSplits(1);
        });

        Assert.Contains("record in [0] @ 0 cannot be read", error.Message, StringComparison.Ordinal);
        Assert.Contains("'missing'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Create the topic", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldShortenAndKeepNullHeaders_WhenATriggerBringsTheRecord()
    {
        DeadLetterOptions options = new() { WhenTooLarge = OversizedLetterAction.Shorten };
        await using IRawRecordReader<int> reader = Numbers(DeserializationErrorPolicy.DeadLetter("small", options))
            .CreateRawReader(Contexts.Task());
        RecordBatch<int> batch = new(2);

        reader.Read(new RawRecord("in", 0, 7, 1_000, null, "poison"u8.ToArray(), [new("null", null), new("empty", [])]), batch);
        reader.Read(new RawRecord("in", 0, 8, 1_000, null, new byte[20_000], []), batch);
        await reader.FlushAsync(Deadline.Token());

        List<Message<byte[]?, byte[]?>> letters = Letters("small");
        Message<byte[]?, byte[]?> whole = letters.Single(letter => Header(letter, DeadLetterHeaders.Offset) == "7");
        Assert.Null(whole.Headers.GetLastBytes("null"));
        Assert.Equal([], whole.Headers.GetLastBytes("empty"));
        Assert.Equal(
            "20000",
            Header(letters.Single(letter => Header(letter, DeadLetterHeaders.Offset) == "8"), DeadLetterHeaders.OriginalSize)
        );
    }

    [Fact]
    public async Task ShouldReadNullHeaders_WhenARangeIsReadBack()
    {
        Produce("1234567890"u8, NullAndEmptyHeaders());
        await using IRawTopicReader reader = Numbers(DeserializationErrorPolicy.Fail).CreateTopicReader(Contexts.Task());

        RawRecordRange range = await reader.ReadAsync("in", 0, 0, 0, 10, Deadline.Token());

        Assert.Equal(
            [("null", true), ("empty", false)],
            Assert.Single(range.Records).Headers.Select(header => (header.Key, header.Value is null))
        );
    }

    [Fact]
    public void ShouldListWrongOptions_WhenValidated()
    {
        List<string> errors = [];
        Numbers(
                DeserializationErrorPolicy.DeadLetter(
                    "dead",
                    new DeadLetterOptions
                    {
                        ShortenedBytes = -1,
                        ProducerProperties = new Dictionary<string, string>
                        {
                            ["acks"] = "1",
                            ["transactional.id"] = "x",
                            ["no.such"] = "1",
                        },
                    }
                )
            )
            .Validate(errors);

        Assert.Collection(
            errors,
            error => Assert.Contains("ShortenedBytes is -1", error, StringComparison.Ordinal),
            error => Assert.Contains("'transactional.id'", error, StringComparison.Ordinal),
            error => Assert.Contains("acks = 1", error, StringComparison.Ordinal),
            error => Assert.Contains("'no.such'", error, StringComparison.Ordinal)
        );
    }

    private static string Header(Message<byte[]?, byte[]?> letter, string name) =>
        Encoding.UTF8.GetString(letter.Headers.GetLastBytes(name));

    private static unsafe nint NullAndEmptyHeaders()
    {
        nint headers = NativeMethods.rd_kafka_headers_new(2);
        fixed (byte* none = "null"u8)
        fixed (byte* empty = "empty"u8)
        {
            KafkaErrors.ThrowIfError(NativeMethods.rd_kafka_header_add(headers, none, 4, null, 0), "null");
            KafkaErrors.ThrowIfError(NativeMethods.rd_kafka_header_add(headers, empty, 5, empty, 0), "empty");
        }

        return headers;
    }

    private void Produce(ReadOnlySpan<byte> value, nint headers = 0)
    {
        using RawProducer producer = Producer(("message.max.bytes", "20000000"));
        producer.Produce(producer.Topic("in"), 0, "key"u8, true, value, false, 1_000, headers, default);
        producer.Flush(Deadline.Wait, Deadline.Token());
    }

    private List<Message<byte[]?, byte[]?>> Letters(string topic = "dead")
    {
        using IConsumer<byte[]?, byte[]?> consumer = new ConsumerBuilder<byte[]?, byte[]?>([
            new("bootstrap.servers", BootstrapServers),
            new("group.id", "letters"),
            new("enable.partition.eof", "true"),
            new("enable.auto.commit", "false"),
        ]).Build();
        consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        List<Message<byte[]?, byte[]?>> letters = [];
        while (consumer.Consume(Deadline.Token()) is { IsPartitionEOF: false } letter)
        {
            letters.Add(letter.Message);
        }

        return letters;
    }

    private KafkaSource<int> Numbers(DeserializationErrorPolicy policy) =>
        KafkaSource
            .Builder<int>()
            .SetBootstrapServers(BootstrapServers)
            .SetTopics("in")
            .SetBounded(OffsetsInitializer.Latest())
            .SetDeserializationErrorPolicy(policy)
            .SetDeserializer(
                DeserializationSchema.Of(static value => int.Parse(Encoding.UTF8.GetString(value)[..10], CultureInfo.InvariantCulture))
            )
            .Build();
}
