namespace Millrace.DevBroker.Tests.OverTheWire;

[Trait(Clients.Trait, Clients.Platformatic)]
public class PlatformaticTests(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    private readonly NodeClient _client = new("platformatic.js", broker);

    [NodeFact]
    public Task ShouldBringBackRecords_WhenPlatformaticProducesThem() => _client.BringsBackWhatItProduced(broker, "None");

    [NodeFact]
    public Task ShouldPassBatchesThrough_WhenPlatformaticCompressesWithGzip() => _client.BringsBackWhatItProduced(broker, "GZIP");

    [NodeFact]
    public Task ShouldPassBatchesThrough_WhenPlatformaticCompressesWithSnappy() => _client.BringsBackWhatItProduced(broker, "SNAPPY");

    [NodeFact]
    public Task ShouldPassBatchesThrough_WhenPlatformaticCompressesWithLz4() => _client.BringsBackWhatItProduced(broker, "LZ4");

    [NodeFact]
    public Task ShouldShowOnlyCommittedAndFenceZombie_WhenPlatformaticUsesTransactions() => _client.SeesTransactions(broker);

    [NodeFact]
    public Task ShouldAnswerAdministration_WhenPlatformaticAsks() => _client.Administers();

    [NodeFact]
    public Task ShouldLoseNoRecord_WhenPlatformaticMembersJoinLeaveAndCrash() => _client.ProcessesEachRecord(broker, twiceIsPossible: true);
}
