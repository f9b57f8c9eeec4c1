using System.Text.Json;

namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>What every client from npm must see.</summary>
internal static class NodeClientScenarios
{
    private const int Partitions = 6;

    public static async Task BringsBackWhatItProduced(this NodeClient client, BrokerUnderTest broker, string compression)
    {
        string topic = await broker.CreateTopicAsync();

        JsonElement[] records = (await client.RunAsync("roundtrip", topic, compression)).EnumerateArray().ToArray();

        Assert.Equal(
            ["key", "gone", null],
            records.Select(record => record.GetProperty("key").GetString() is { Length: > 0 } key ? key : null)
        );
        Assert.Equal(["value", "", ""], records.Select(record => record.GetProperty("value").GetString() ?? ""));
        Assert.Equal(["0", "1", "2"], records.Select(record => record.GetProperty("offset").GetString()));
        Assert.Equal("ä", records[0].GetProperty("headers").GetProperty("a").GetString());
        Assert.Equal("", records[0].GetProperty("headers").GetProperty("b").GetString());

        // Another client's view, in which null is not empty.
        Assert.Equal(["value", null, ""], broker.ReadAll(topic).Select(record => record.Message.Value));
    }

    public static async Task<JsonElement> SeesTransactions(this NodeClient client, BrokerUnderTest broker)
    {
        string topic = await broker.CreateTopicAsync();

        JsonElement seen = await client.RunAsync("transactions", topic, BrokerUnderTest.Unique("group"), BrokerUnderTest.Unique("txn"));

        Assert.Equal(["1", "3"], seen.GetProperty("committed").EnumerateArray().Select(value => value.GetString()));
        Assert.Equal(["1", "2", "3"], seen.GetProperty("all").EnumerateArray().Select(value => value.GetString()).Take(3));
        Assert.Contains(seen.GetProperty("fenced").GetString(), new[] { "PRODUCER_FENCED", "INVALID_PRODUCER_EPOCH" });
        return seen;
    }

    public static async Task Administers(this NodeClient client)
    {
        JsonElement seen = await client.RunAsync("admin", BrokerUnderTest.Unique("topic"), BrokerUnderTest.Unique("group"));

        Assert.True(seen.GetProperty("created").GetBoolean());
        Assert.True(seen.GetProperty("topics").GetBoolean());
        Assert.Equal(3, seen.GetProperty("partitions").GetInt32());
        Assert.Equal("98765", seen.GetProperty("retention").GetString());
        Assert.Equal("2", seen.GetProperty("byTime").GetString());
        Assert.Equal("2", seen.GetProperty("offset").GetString());
        Assert.True(seen.GetProperty("listed").GetBoolean());
        Assert.Equal("EMPTY", seen.GetProperty("state").GetString(), ignoreCase: true);
        Assert.Equal("3", seen.GetProperty("low").GetString());
        Assert.False(seen.GetProperty("listedAfter").GetBoolean());
    }

    /// <param name="client">The client.</param>
    /// <param name="broker">The broker.</param>
    /// <param name="twiceIsPossible">True for a client that may read a partition it is given back from where it left it, before it asks
    /// what is committed.</param>
    public static async Task ProcessesEachRecord(this NodeClient client, BrokerUnderTest broker, bool twiceIsPossible)
    {
        string topic = await broker.CreateTopicAsync(Partitions);
        string group = BrokerUnderTest.Unique("group");
        ProcessedRecords processed = new();
        using Confluent.Kafka.IProducer<string?, string?> producer = broker.Producer();
        await using NodeMember first = await client.JoinAsync(topic, group, processed);
        await using NodeMember second = await client.JoinAsync(topic, group, processed);
        await using NodeMember third = await client.JoinAsync(topic, group, processed);
        await NodeMember.WaitForAssignmentAsync(Partitions, first, second, third);
        ProcessedRecords.Produce(producer, topic, Partitions, 0, 120);
        await processed.WaitForAsync(120);

        await second.LeaveAsync();
        await NodeMember.WaitForAssignmentAsync(Partitions, first, third);
        ProcessedRecords.Produce(producer, topic, Partitions, 120, 240);
        await processed.WaitForAsync(240);

        await first.CrashAsync();
        ProcessedRecords.Produce(producer, topic, Partitions, 240, 360);
        await processed.WaitForAsync(360);
        await NodeMember.WaitForAssignmentAsync(Partitions, third);
        await third.LeaveAsync();

        if (!twiceIsPossible)
        {
            processed.AssertEachOnce(360);
        }

        Assert.Equal(360, processed.Count);
        Dictionary<int, long> committed = await Librdkafka.CommittedAsync(broker.BootstrapServers, group, topic, Partitions);
        Assert.All(committed.Values, offset => Assert.Equal(360 / Partitions, offset));
    }
}
