using Confluent.Kafka;

namespace Millrace.DevBroker.Tests.OverTheWire;

[Trait(Clients.Trait, Clients.Kcat)]
public class KcatTests(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    [KcatFact]
    public async Task ShouldBringBackKeysHeadersAndNulls_WhenKcatProducesThem()
    {
        string topic = await broker.CreateTopicAsync();

        await Kcat("k1:v1\nk2:NULL\n", "-P", "-t", topic, "-K", ":", "-Z", "-H", "a=1", "-H", "b=2", "-z", "snappy");
        await Kcat("k3:\n", "-P", "-t", topic, "-K", ":", "-Z");
        string read = await Kcat(null, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-Z", "-f", "%o|%k|%s|%h|%S\\n");

        Assert.Equal("0|k1|v1|a=1,b=2|2\n1|k2|NULL|a=1,b=2|4\n2|k3|NULL||-1\n", read);
    }

    [KcatFact]
    public async Task ShouldListTopicsAndBrokers_WhenKcatAsksForMetadata()
    {
        string topic = await broker.CreateTopicAsync(3);

        System.Text.Json.JsonElement metadata = System.Text.Json.JsonDocument.Parse(await Kcat(null, "-L", "-J", "-t", topic)).RootElement;

        Assert.NotEmpty(metadata.GetProperty("brokers").EnumerateArray());
        Assert.Equal(3, metadata.GetProperty("topics")[0].GetProperty("partitions").GetArrayLength());
    }

    [KcatFact]
    public async Task ShouldFindOffsets_WhenKcatQueriesByTime()
    {
        string topic = await broker.CreateTopicAsync();
        using (IProducer<string?, string?> producer = broker.Producer())
        {
            foreach (long time in new[] { 1_000_000L, 2_000_000L, 3_000_000L })
            {
                await producer.ProduceAsync(
                    topic,
                    new Message<string?, string?> { Value = "v", Timestamp = new Timestamp(time, TimestampType.CreateTime) }
                );
            }
        }

        Assert.Contains("offset 1", await Kcat(null, "-Q", "-t", $"{topic}:0:1500000"), StringComparison.Ordinal);
        Assert.Contains("offset 0", await Kcat(null, "-Q", "-t", $"{topic}:0:-2"), StringComparison.Ordinal);
        Assert.Contains("offset 3", await Kcat(null, "-Q", "-t", $"{topic}:0:-1"), StringComparison.Ordinal);
    }

    [KcatFact]
    public async Task ShouldGoOnWhereItStopped_WhenKcatConsumesInGroup()
    {
        string topic = await broker.CreateTopicAsync(2);
        string group = BrokerUnderTest.Unique("group");
        Task<string> Consume() =>
            Kcat(null, "-G", group, "-e", "-q", "-X", "auto.offset.reset=earliest", "-X", "enable.partition.eof=true", topic);
        await Kcat("a\nb\nc\n", "-P", "-t", topic, "-p", "0");
        Assert.Equal(["a", "b", "c"], Lines(await Consume()));

        await Kcat("d\n", "-P", "-t", topic, "-p", "1");

        Assert.Equal(["d"], Lines(await Consume()));
    }

    [KcatFact]
    public async Task ShouldHideAborted_WhenKcatReadsCommitted()
    {
        string topic = await broker.CreateTopicAsync();
        using (IProducer<string?, string?> producer = broker.Producer(config => config.TransactionalId = BrokerUnderTest.Unique("txn")))
        {
            producer.InitTransactions(Librdkafka.Patience);
            foreach ((string value, bool commit) in new[] { ("kept", true), ("dropped", false), ("last", true) })
            {
                producer.BeginTransaction();
                producer.Produce(topic, new Message<string?, string?> { Value = value });
                producer.Flush(Librdkafka.Patience);
                if (commit)
                {
                    producer.CommitTransaction(Librdkafka.Patience);
                }
                else
                {
                    producer.AbortTransaction(Librdkafka.Patience);
                }
            }
        }

        await broker.WaitForCommittedAsync(topic, 2);
        Task<string> Read(string isolation) =>
            Kcat(null, "-C", "-t", topic, "-o", "beginning", "-e", "-q", "-X", "isolation.level=" + isolation);

        Assert.Equal(["kept", "last"], Lines(await Read("read_committed")));
        Assert.Equal(["kept", "dropped", "last"], Lines(await Read("read_uncommitted")));
    }

    [KcatFact]
    public async Task ShouldCommitWhatItProduces_WhenKcatIsTransactional()
    {
        string topic = await broker.CreateTopicAsync();

        await Kcat("a\nb\n", "-P", "-t", topic, "-X", "transactional.id=" + BrokerUnderTest.Unique("txn"));

        await broker.WaitForCommittedAsync(topic, 2);
        Assert.Equal(["a", "b"], broker.ReadAll(topic).Select(record => record.Message.Value));
    }

    private static string[] Lines(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private Task<string> Kcat(string? input, params string[] arguments) =>
        CommandLine.RunAsync(
            "kcat",
            ["-b", broker.BootstrapServers, "-X", "session.timeout.ms=6000", .. arguments],
            input,
            timeoutSeconds: 30
        );
}
