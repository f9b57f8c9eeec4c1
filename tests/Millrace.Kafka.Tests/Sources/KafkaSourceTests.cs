using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Connectors;
using Millrace.Kafka.Producing;
using Xunit;

namespace Millrace.Kafka.Tests.Sources;

public sealed class KafkaSourceTests : IDisposable
{
    private readonly MockCluster _cluster = new();

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task ShouldReadAllAndEnd_WhenBoundedByLatest()
    {
        _cluster.CreateTopic("in", 3);
        Fill("in", 3, 100);
        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(
            Strings().SetTopics("in").SetBounded(OffsetsInitializer.Latest()).Build()
        );
        Fill("in", 3, 10);

        driver.ReadToEnd();

        Assert.Equal(
            Enumerable.Range(0, 100).Select(i => $"{i}").Order(StringComparer.Ordinal),
            driver.Output.Values.Order(StringComparer.Ordinal)
        );
        Assert.Equal(["in-0", "in-1", "in-2"], driver.Output.Released.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ShouldGoOnWhereItWas_WhenRestoredInTheMiddle()
    {
        _cluster.CreateTopic("in", 2);
        Fill("in", 2, 100);
        KafkaSource<string> source = Strings().SetTopics("in").SetBounded(OffsetsInitializer.Latest()).SetMaxPollRecords(7).Build();
        List<string> values = [];
        IReadOnlyList<SourceSplit> snapshot;
        await using (SourceDriver<string> driver = await SourceDriver<string>.StartAsync(source))
        {
            driver.ReadRecords(30);
            snapshot = driver.Reader.SnapshotSplits(1);
            values.AddRange(driver.Output.Values);
        }

        await using (SourceDriver<string> driver = SourceDriver<string>.Restore(source, snapshot))
        {
            driver.ReadToEnd();
            values.AddRange(driver.Output.Values);
        }

        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}").Order(StringComparer.Ordinal), values.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ShouldSayThatItDoesNotEnd_WhenRestoredFromAnUnboundedRun()
    {
        _cluster.CreateTopic("in", 2);
        IReadOnlyList<SourceSplit> snapshot;
        await using (SourceDriver<string> driver = await SourceDriver<string>.StartAsync(Strings().SetTopics("in").Build()))
        {
            snapshot = driver.Reader.SnapshotSplits(1);
        }

        using RecordingLoggers loggers = new();
        KafkaSource<string> bounded = Strings().SetTopics("in").SetBounded(OffsetsInitializer.Latest()).Build();
        await using ISourceReader<string> reader = bounded.CreateReader(Contexts.Task(uid: "words", loggers: loggers));
        reader.AddSplits(snapshot);
        reader.AddSplits(snapshot);

        string warning = Assert.Single(loggers.Warnings);
        Assert.Contains(
            "Kafka source 'words' task 0: in-0, in-1 come from a checkpoint of an unbounded run",
            warning,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task ShouldSayNothingOfEnds_WhenSplitsHaveOneOrTheSourceIsUnbounded()
    {
        _cluster.CreateTopic("in", 2);
        using RecordingLoggers loggers = new();
        KafkaSource<string> unbounded = Strings().SetTopics("in").Build();
        KafkaSource<string> bounded = Strings().SetTopics("in").SetBounded(OffsetsInitializer.Latest()).Build();
        foreach (KafkaSource<string> source in (KafkaSource<string>[])[unbounded, bounded])
        {
            await using ISourceReader<string> reader = source.CreateReader(Contexts.Task(loggers: loggers));
            reader.AddSplits(await SourceDriver<string>.DiscoverAsync(source, isInitial: true));
        }

        Assert.Empty(loggers.Warnings);
    }

    [Fact]
    public async Task ShouldEndAtOnce_WhenRestoredAtTheEnd()
    {
        _cluster.CreateTopic("in", 1);
        Fill("in", 1, 5);
        KafkaSource<string> source = Strings().SetTopics("in").SetBounded(OffsetsInitializer.Latest()).Build();
        IReadOnlyList<SourceSplit> snapshot;
        await using (SourceDriver<string> driver = await SourceDriver<string>.StartAsync(source))
        {
            driver.ReadToEnd();
            snapshot = driver.Reader.SnapshotSplits(1);
        }

        await using SourceDriver<string> restored = SourceDriver<string>.Restore(source, snapshot);
        restored.ReadToEnd();

        Assert.Empty(restored.Output.Records);
        Assert.Equal(["in-0"], restored.Output.Released);
    }

    [Fact]
    public async Task ShouldReadNewPartitionFromItsBeginning_WhenDiscoveredLater()
    {
        _cluster.CreateTopic("in.a", 1);
        KafkaSource<string> source = Strings().SetTopicPattern(@"in\..").SetStartingOffsets(OffsetsInitializer.Latest()).Build();
        Assert.Equal(["in.a-0"], (await SourceDriver<string>.DiscoverAsync(source, isInitial: true)).Select(split => split.Id));
        _cluster.CreateTopic("in.b", 1);
        _cluster.CreateTopic("out.b", 1);
        Fill("in.b", 1, 3);

        IReadOnlyList<SourceSplit> later = await SourceDriver<string>.DiscoverAsync(source, isInitial: false);
        await using SourceDriver<string> driver = SourceDriver<string>.Restore(source, [.. later.Where(split => split.Id == "in.b-0")]);
        driver.ReadRecords(3);

        Assert.Equal(["in.a-0", "in.b-0"], later.Select(split => split.Id));
        Assert.Equal(["0", "1", "2"], driver.Output.Values);
    }

    [Fact]
    public async Task ShouldBeginAtGivenOffsets_WhenToldTo()
    {
        _cluster.CreateTopic("in", 2);
        Fill("in", 2, 20);
        Dictionary<KafkaTopicPartition, long> offsets = new() { [new("in", 0)] = 8 };
        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(
            Strings()
                .SetTopics("in")
                .SetStartingOffsets(OffsetsInitializer.Offsets(offsets, OffsetResetStrategy.Latest))
                .SetBounded(OffsetsInitializer.Latest())
                .Build()
        );

        driver.ReadToEnd();

        Assert.Equal(["16", "18"], driver.Output.Values);
    }

    [Fact]
    public async Task ShouldBeginAtCommittedOffsets_WhenAnEarlierCheckpointPublishedThem()
    {
        _cluster.CreateTopic("in", 1);
        Fill("in", 1, 10);
        KafkaSource<string> first = Strings().SetTopics("in").SetGroupId("g").SetMaxPollRecords(4).Build();
        int read;
        await using (SourceDriver<string> driver = await SourceDriver<string>.StartAsync(first))
        {
            driver.ReadRecords(4);
            read = driver.Output.Records.Count;
            _ = driver.Reader.SnapshotSplits(1);
            driver.Reader.NotifyCheckpointComplete(1);
        }

        await using SourceDriver<string> second = await SourceDriver<string>.StartAsync(
            Strings()
                .SetTopics("in")
                .SetGroupId("g")
                .SetStartingOffsets(OffsetsInitializer.CommittedOffsets())
                .SetBounded(OffsetsInitializer.Latest())
                .Build()
        );
        second.ReadToEnd();

        Assert.Equal(Enumerable.Range(read, 10 - read).Select(i => $"{i}"), second.Output.Values);
    }

    [Fact]
    public async Task ShouldNameThePartition_WhenGroupHasNoOffset()
    {
        _cluster.CreateTopic("in", 1);
        KafkaSource<string> source = Strings()
            .SetTopics("in")
            .SetGroupId("new")
            .SetStartingOffsets(OffsetsInitializer.CommittedOffsets())
            .Build();

        KafkaClientException error = await Assert.ThrowsAsync<KafkaClientException>(() =>
            SourceDriver<string>.DiscoverAsync(source, isInitial: true)
        );

        Assert.Contains("in-0", error.Message, StringComparison.Ordinal);
        Assert.Contains("OffsetResetStrategy.Earliest", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldGiveKeyHeadersAndMetadata_WhenSchemaTakesMessages()
    {
        _cluster.CreateTopic("in", 1);
        using (RawProducer producer = Producer())
        {
            producer.Produce(producer.Topic("in"), 0, "k"u8, true, "v"u8, false, 77, Headers(("h", "1"), ("h", "2")), default);
            producer.Produce(producer.Topic("in"), 0, "gone"u8, true, default, true, 78, 0, default);
            producer.Flush(Deadline.Wait, Deadline.Token());
        }

        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(
            KafkaSource
                .Builder<string>()
                .SetBootstrapServers(_cluster.BootstrapServers)
                .SetTopics("in")
                .SetBounded(OffsetsInitializer.Latest())
                .SetDeserializer(
                    DeserializationSchema.OfMessage(
                        static (in KafkaMessage m) =>
                        {
                            string header = m.Headers.TryGetLast("h"u8, out ReadOnlySpan<byte> value)
                                ? Encoding.UTF8.GetString(value)
                                : "-";
                            return $"{m.Topic}/{m.Partition}/{m.Offset}/{m.Timestamp}/{Encoding.UTF8.GetString(m.Key)}/{header}"
                                + $"/{m.IsTombstone}";
                        }
                    )
                )
                .Build()
        );
        driver.ReadToEnd();

        Assert.Equal(["in/0/0/77/k/2/False", "in/0/1/78/gone/-/True"], driver.Output.Values);
        Assert.Equal([77, 78], driver.Output.Records.Select(record => record.Timestamp));
    }

    [Fact]
    public async Task ShouldFailWithTheRecordsPlaceAndBytes_WhenItCannotBeRead()
    {
        _cluster.CreateTopic("in", 1);
        Fill("in", 1, 4, poisonAt: 2);
        await using SourceDriver<int> driver = await SourceDriver<int>.StartAsync(Numbers().Build());

        KafkaDeserializationException error = Assert.Throws<KafkaDeserializationException>(driver.ReadToEnd);

        Assert.Equal(("in", 0, 2L), (error.Topic, error.Partition, error.Offset));
        Assert.Contains("in [0] @ 2", error.Message, StringComparison.Ordinal);
        Assert.Contains("706F69736F6E \"poison\"", error.Message, StringComparison.Ordinal);
        Assert.IsType<FormatException>(error.InnerException);
    }

    [Fact]
    public async Task ShouldLeaveTheRecordOut_WhenPolicyIsSkip()
    {
        _cluster.CreateTopic("in", 1);
        Fill("in", 1, 4, poisonAt: 2);
        await using SourceDriver<int> driver = await SourceDriver<int>.StartAsync(
            Numbers().SetDeserializationErrorPolicy(DeserializationErrorPolicy.Skip).Build()
        );

        driver.ReadToEnd();

        Assert.Equal([0, 1, 3], driver.Output.Values);
    }

    [Fact]
    public async Task ShouldSendTheOriginalToTheDeadLetterTopic_WhenPolicyIsDeadLetter()
    {
        _cluster.CreateTopic("in", 1);
        _cluster.CreateTopic("dead", 1);
        Fill("in", 1, 4, poisonAt: 2);
        using (RawProducer producer = Producer())
        {
            producer.Produce(
                producer.Topic("in"),
                0,
                "k"u8,
                true,
                "again"u8,
                false,
                99,
                Headers(("trace", "t1"), (DeadLetterHeaders.Attempt, "2")),
                default
            );
            producer.Flush(Deadline.Wait, Deadline.Token());
        }

        await using SourceDriver<int> driver = await SourceDriver<int>.StartAsync(
            Numbers().SetDeserializationErrorPolicy(DeserializationErrorPolicy.DeadLetter("dead")).Build()
        );
        driver.ReadToEnd();
        _ = driver.Reader.SnapshotSplits(1);
        await using SourceDriver<string> letters = await SourceDriver<string>.StartAsync(
            KafkaSource
                .Builder<string>()
                .SetBootstrapServers(_cluster.BootstrapServers)
                .SetTopics("dead")
                .SetBounded(OffsetsInitializer.Latest())
                .SetDeserializer(DeserializationSchema.OfMessage(Show))
                .Build()
        );
        letters.ReadToEnd();

        Assert.Equal([0, 1, 3], driver.Output.Values);
        Assert.Equal(2, letters.Output.Records.Count);
        Assert.StartsWith(
            "-=poison topic:in partition:0 offset:2 exception:System.FormatException: ",
            letters.Output.Records[0].Value,
            StringComparison.Ordinal
        );
        Assert.EndsWith(" attempt:1", letters.Output.Records[0].Value, StringComparison.Ordinal);
        Assert.StartsWith("k=again trace:t1 topic:in partition:0 offset:4 ", letters.Output.Records[1].Value, StringComparison.Ordinal);
        Assert.EndsWith(" attempt:3", letters.Output.Records[1].Value, StringComparison.Ordinal);
        Assert.Equal(99, letters.Output.Records[1].Timestamp);
    }

    [Fact]
    public async Task ShouldStopAndResume_WhenSplitsArePaused()
    {
        _cluster.CreateTopic("in", 2);
        KafkaSource<string> source = Strings().SetTopics("in").Build();
        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(source);
        driver.Reader.SetPaused(["in-0"], paused: true);
        Fill("in", 2, 20);
        driver.ReadRecords(10);
        Assert.All(driver.Output.Records, record => Assert.Equal("in-1", record.Split));

        driver.Reader.SetPaused(["in-0"], paused: false);
        driver.ReadRecords(20);

        Assert.Equal(
            Enumerable.Range(0, 10).Select(i => $"{i * 2}"),
            driver.Output.Records.Where(record => record.Split == "in-0").Select(record => record.Value)
        );
    }

    private static string Show(in KafkaMessage message)
    {
        StringBuilder text = new();
        text.Append(message.HasKey ? Encoding.UTF8.GetString(message.Key) : "-").Append('=').Append(Encoding.UTF8.GetString(message.Value));
        KafkaHeaders headers = message.Headers;
        for (int i = 0; i < headers.Count; i++)
        {
            string name = Encoding.UTF8.GetString(headers[i].Name).Replace("millrace-dlq-", "", StringComparison.Ordinal);
            text.Append(CultureInfo.InvariantCulture, $" {name}:{Encoding.UTF8.GetString(headers[i].Value)}");
        }

        return text.ToString();
    }

    private static nint Headers(params (string Name, string Value)[] all)
    {
        using Kafka.Interop.NativeHeaders headers = new();
        foreach ((string name, string value) in all)
        {
            headers.Add(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(value));
        }
        return headers.Detach();
    }

    private KafkaSourceBuilder<string> Strings() =>
        KafkaSource
            .Builder<string>()
            .SetBootstrapServers(_cluster.BootstrapServers)
            .SetProperty("fetch.wait.max.ms", "10")
            .SetDeserializer(SimpleStringSchema.Instance);

    private KafkaSourceBuilder<int> Numbers() =>
        KafkaSource
            .Builder<int>()
            .SetBootstrapServers(_cluster.BootstrapServers)
            .SetTopics("in")
            .SetBounded(OffsetsInitializer.Latest())
            .SetDeserializer(DeserializationSchema.Of(static value => int.Parse(value, CultureInfo.InvariantCulture)));

    private void Fill(string topic, int partitions, int records, int poisonAt = -1)
    {
        using RawProducer producer = Producer();
        for (int i = 0; i < records; i++)
        {
            byte[] value = Encoding.UTF8.GetBytes(i == poisonAt ? "poison" : i.ToString(CultureInfo.InvariantCulture));
            producer.Produce(producer.Topic(topic), i % partitions, default, false, value, false, 0, 0, default);
        }

        producer.Flush(Deadline.Wait, Deadline.Token());
    }

    private RawProducer Producer() => new(_cluster.Properties(("linger.ms", "1")), NullLogger.Instance, TimeProvider.System);
}
