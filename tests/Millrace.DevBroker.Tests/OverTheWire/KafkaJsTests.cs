namespace Millrace.DevBroker.Tests.OverTheWire;

[Trait(Clients.Trait, Clients.KafkaJs)]
public class KafkaJsTests(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    private readonly NodeClient _client = new("kafkajs.js", broker);

    [NodeFact]
    public Task ShouldBringBackRecords_WhenKafkaJsProducesThem() => _client.BringsBackWhatItProduced(broker, "None");

    [NodeFact]
    public Task ShouldPassBatchesThrough_WhenKafkaJsCompressesThem() => _client.BringsBackWhatItProduced(broker, "GZIP");

    [NodeFact]
    public async Task ShouldShowOnlyCommittedAndFenceZombie_WhenKafkaJsUsesTransactions()
    {
        System.Text.Json.JsonElement seen = await _client.SeesTransactions(broker);

        Assert.Equal("3", seen.GetProperty("offset").GetString());
    }

    [NodeFact]
    public Task ShouldAnswerAdministration_WhenKafkaJsAsks() => _client.Administers();

    [NodeFact]
    public Task ShouldProcessEachRecordOnce_WhenKafkaJsMembersJoinLeaveAndCrash() =>
        _client.ProcessesEachRecord(broker, twiceIsPossible: false);
}
