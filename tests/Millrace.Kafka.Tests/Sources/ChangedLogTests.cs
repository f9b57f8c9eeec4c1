using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Millrace.Connectors;
using Millrace.Kafka.Sources;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Kafka.Tests.Sources;

/// <summary>A position belongs to one topic and one history of its log; what has changed behind it is never skipped in silence.</summary>
public sealed class ChangedLogTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("in", 1)];

    [Fact]
    public async Task ShouldSayThatItIsAnother_WhenATopicWasDeletedAndCreatedAgainAndHasGrownLonger()
    {
        IReadOnlyList<SourceSplit> snapshot = await ReadTenAsync();
        await RecreateAsync();
        Fill("in", 1, 100, 30);

        KafkaClientException error = Assert.Throws<KafkaClientException>(() => Read(snapshot, 20));

        Assert.True(error.SuppressesRestarts);
        Assert.Contains("'in' was deleted and created again", error.Message, StringComparison.Ordinal);
        Assert.Contains("SetStartAnewOnRecreatedTopics", error.Message, StringComparison.Ordinal);
    }

    [OwnBrokerFact]
    public async Task ShouldSayWhatIsLost_WhenALogWasCutOffAndHasGrownAgain()
    {
        IReadOnlyList<SourceSplit> snapshot = await ReadTenAsync();
        Assert.Equal(4, Broker.Faults.TruncateLog("in", 0, 4));
        FillOneByOne(100, 10);

        KafkaClientException error = Assert.Throws<KafkaClientException>(() => Read(snapshot, 4));

        Assert.True(error.SuppressesRestarts);
        Assert.Contains("cut off at offset 4, but counts as read up to 10: 6 offset(s)", error.Message, StringComparison.Ordinal);
        Assert.Contains("SetContinueOnTruncatedLogs", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("retention", error.Message, StringComparison.Ordinal);
    }

    [OwnBrokerFact]
    public async Task ShouldSayWhatIsLost_WhenALogIsCutOffWhileItIsRead()
    {
        FillOneByOne(0, 10);
        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(Source().Build());
        driver.ReadRecords(10);
        Broker.Faults.TruncateLog("in", 0, 4);
        FillOneByOne(100, 2);

        KafkaClientException error = Assert.Throws<KafkaClientException>(() => driver.ReadRecords(11));

        Assert.True(error.SuppressesRestarts);
        Assert.Contains("cut off at offset 4, but counts as read up to 10", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("retention", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldNameBothEnds_WhenRecordsWereDeletedBeforeTheyWereRead()
    {
        IReadOnlyList<SourceSplit> snapshot = await ReadTenAsync();
        FillOneByOne(100, 10);
        using (IAdminClient admin = Admin())
        {
            await admin.DeleteRecordsAsync([new TopicPartitionOffset("in", 0, 15)]);
        }

        KafkaClientException error = Assert.Throws<KafkaClientException>(() => Read(snapshot, 5));

        Assert.True(error.SuppressesRestarts);
        Assert.Contains("position 10 is gone, the partition begins at 15", error.Message, StringComparison.Ordinal);
        Assert.Contains("auto.offset.reset", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldReadTheNewTopicFromItsBeginning_WhenThatIsAllowed()
    {
        IReadOnlyList<SourceSplit> snapshot = await ReadTenAsync();
        await RecreateAsync();
        FillOneByOne(100, 15);

        List<string> values = Read(snapshot, 15, Source().SetStartAnewOnRecreatedTopics(true));

        Assert.Equal(Enumerable.Range(100, 15).Select(i => i.ToString(CultureInfo.InvariantCulture)), values);
    }

    [OwnBrokerFact]
    public async Task ShouldGoOnWhereTheLogWasCutOff_WhenThatIsAllowed()
    {
        IReadOnlyList<SourceSplit> snapshot = await ReadTenAsync();
        Broker.Faults.TruncateLog("in", 0, 4);
        FillOneByOne(100, 10);

        List<string> values = Read(snapshot, 10, Source().SetContinueOnTruncatedLogs(true));

        Assert.Equal(Enumerable.Range(100, 10).Select(i => i.ToString(CultureInfo.InvariantCulture)), values);
    }

    [OwnBrokerFact]
    public async Task ShouldGoOnReading_WhenALeaderChangesWithoutLoss()
    {
        IReadOnlyList<SourceSplit> snapshot = await ReadTenAsync();
        Broker.Faults.TruncateLog("in", 0, 10);
        FillOneByOne(10, 5);

        Assert.Equal(["10", "11", "12", "13", "14"], Read(snapshot, 5));
    }

    [Fact]
    public async Task ShouldLearnTheTopic_WhenAPositionIsOfAnOlderFormat()
    {
        FillOneByOne(0, 10);
        SourceSplit old = new KafkaSplit(new KafkaTopicPartition("in", 0), 5, null).ToSourceSplit();
        await using SourceDriver<string> driver = SourceDriver<string>.Restore(Source().Build(), [old]);
        driver.ReadRecords(5);

        KafkaSplit now = KafkaSplit.From(driver.Reader.SnapshotSplits(1)[0]);

        Assert.NotEqual(Guid.Empty, now.TopicId);
        Assert.Equal(0, now.LeaderEpoch);
    }

    private IAdminClient Admin() => new AdminClientBuilder([new("bootstrap.servers", BootstrapServers)]).Build();

    private async Task RecreateAsync()
    {
        using IAdminClient admin = Admin();
        await admin.DeleteTopicsAsync(["in"]);
        await admin.CreateTopicsAsync([new TopicSpecification { Name = "in", NumPartitions = 1 }]);
    }

    private async Task<IReadOnlyList<SourceSplit>> ReadTenAsync()
    {
        FillOneByOne(0, 10);
        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(Source().Build());
        driver.ReadRecords(10);
        return driver.Reader.SnapshotSplits(1);
    }

    // A batch each: a log is cut off between batches.
    private void FillOneByOne(int first, int count)
    {
        for (int i = first; i < first + count; i++)
        {
            Fill("in", 1, i, 1);
        }
    }

    private static List<string> Read(IReadOnlyList<SourceSplit> snapshot, int count, KafkaSourceBuilder<string> source)
    {
        SourceDriver<string> driver = SourceDriver<string>.Restore(source.Build(), snapshot);
        try
        {
            driver.ReadRecords(count);
            return [.. driver.Output.Values];
        }
        finally
        {
            driver.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private List<string> Read(IReadOnlyList<SourceSplit> snapshot, int count) => Read(snapshot, count, Source());

    private KafkaSourceBuilder<string> Source() =>
        KafkaSource.Builder<string>().SetBootstrapServers(BootstrapServers).SetTopics("in").SetDeserializer(SimpleStringSchema.Instance);
}
