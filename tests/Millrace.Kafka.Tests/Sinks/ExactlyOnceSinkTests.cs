using Millrace.Kafka.Transactions;
using Xunit;

namespace Millrace.Kafka.Tests.Sinks;

public sealed class ExactlyOnceSinkTests : BrokerTest
{
    private readonly List<SinkDriver<string>> _drivers = [];

    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("out", 2)];

    protected override async ValueTask CleanUpAsync()
    {
        foreach (SinkDriver<string> driver in _drivers)
        {
            await driver.DisposeAsync();
        }
    }

    [Fact]
    public async Task ShouldBecomeVisibleAtCommit_WhenCheckpointIsComplete()
    {
        SinkDriver<string> driver = Start();
        driver.Write("a", "b");
        ReadOnlyMemory<byte> committable = driver.Prepare(1);
        driver.Write("c");
        driver.Flush();

        Assert.Empty(await ReadAllAsync("out"));
        Assert.Equal(["a", "b", "c"], (await ReadAllAsync("out", KafkaIsolationLevel.ReadUncommitted)).Order(StringComparer.Ordinal));
        driver.Commit(committable);

        Assert.Equal(["a", "b"], await CommittedAsync());
    }

    [Fact]
    public async Task ShouldCommitWhatThePreviousRunPrepared_WhenItDiedBeforeCommitting()
    {
        SinkDriver<string> first = Start();
        first.Write("a", "b");
        ReadOnlyMemory<byte> committable = first.Prepare(1);
        first.Write("not in the checkpoint");
        first.Flush();

        _ = Start(committable);

        Assert.Equal(["a", "b"], await CommittedAsync());
    }

    [Fact]
    public async Task ShouldCommitOnce_WhenRestoredFromTheSameCheckpointAgainAndAgain()
    {
        SinkDriver<string> first = Start();
        first.Write("a");
        ReadOnlyMemory<byte> committable = first.Prepare(1);
        first.Commit(committable);
        for (int run = 0; run < 4; run++)
        {
            SinkDriver<string> again = Start(committable);
            again.Write($"not in the checkpoint {run}");
            again.Flush();
        }

        SinkDriver<string> last = Start(committable);
        last.Write("b");
        last.Commit(last.Prepare(2));

        Assert.Equal(["a", "b"], await CommittedAsync());
    }

    [Fact]
    public async Task ShouldNotCommitYoungerRecordsOfTheSameProducer_WhenRestoredAfterAnIncompleteCheckpoint()
    {
        // Without the rule of retained slots the second commit of checkpoint 1 would meet the open transaction behind barrier 2.
        SinkDriver<string> first = Start();
        first.Write("a");
        ReadOnlyMemory<byte> complete = first.Prepare(1);
        first.Commit(complete);
        first.Write("behind 1");
        _ = first.Prepare(2);
        first.Write("behind 2");
        first.Flush();

        SinkDriver<string> second = Start(complete);
        second.Write("behind 1 again");
        second.Commit(second.Prepare(2));

        Assert.Equal(["a", "behind 1 again"], await CommittedAsync());
    }

    [Fact]
    public async Task ShouldCommitAllPrepared_WhenEarlierCheckpointsFailed()
    {
        SinkDriver<string> driver = Start();
        for (int checkpoint = 1; checkpoint <= 5; checkpoint++)
        {
            driver.Write($"{checkpoint}");
            _ = driver.Prepare(checkpoint);
        }

        driver.Write("6");
        ReadOnlyMemory<byte> committable = driver.Prepare(6);
        driver.Commit(committable);

        Assert.Equal(["1", "2", "3", "4", "5", "6"], await CommittedAsync());
    }

    [Fact]
    public async Task ShouldReuseProducers_WhenCheckpointsComplete()
    {
        SinkDriver<string> driver = Start();
        HashSet<string> ids = new(StringComparer.Ordinal);
        for (int checkpoint = 1; checkpoint <= 10; checkpoint++)
        {
            driver.Write($"{checkpoint}");
            ReadOnlyMemory<byte> committable = driver.Prepare(checkpoint);
            ids.UnionWith(SinkCommittable.From(committable.Span).Transactions.Select(transaction => transaction.TransactionalId));
            driver.Commit(committable);
        }

        Assert.Equal(10, (await CommittedAsync()).Count);
        Assert.Equal(["job-sink-0-0", "job-sink-0-1"], ids.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ShouldHoldNothingBack_WhenCheckpointHasNoRecords()
    {
        SinkDriver<string> driver = Start();
        driver.Commit(driver.Prepare(1));
        driver.Write("a");
        driver.Commit(driver.Prepare(2));
        driver.Commit(driver.Prepare(3));

        Assert.Equal(["a"], await CommittedAsync());
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(1, 2)]
    [InlineData(3, 2)]
    public async Task ShouldCommitAndAbortForAllFormerTasks_WhenParallelismChanges(int before, int after)
    {
        List<ReadOnlyMemory<byte>> committables = [];
        List<string> expected = [];
        for (int task = 0; task < before; task++)
        {
            SinkDriver<string> driver = Start(task, before);
            driver.Write($"in {task}");
            expected.Add($"in {task}");
            committables.Add(driver.Prepare(1));
            driver.Write("left open");
            driver.Flush();
        }

        for (int task = 0; task < after; task++)
        {
            _ = Start(task, after, [.. committables]);
        }

        // Reading to the end would hang on a transaction that is still open.
        Assert.Equal(expected, await CommittedAsync());
        Assert.Equal(2 * before, (await ReadAllAsync("out", KafkaIsolationLevel.ReadUncommitted)).Count);
        Assert.Equal(expected, await CommittedAsync());
    }

    [Fact]
    public async Task ShouldFailAndSaySo_WhenBrokerNoLongerHasTheTransaction()
    {
        SinkDriver<string> first = Start();
        first.Write("a");
        ReadOnlyMemory<byte> committable = first.Prepare(1);

        // Another producer under the same id does what the broker does at a timeout: it aborts, and moves the epoch on.
        _ = Start();
        KafkaClientException error = Assert.Throws<KafkaClientException>(() => Start(committable));
        SinkDriver<string> tolerant = Track(new SinkDriver<string>(Sink().SetIgnoreLostTransactions(true).Build()));
        tolerant.Recover(committable);
        tolerant.Write("b");
        tolerant.Commit(tolerant.Prepare(2));

        Assert.Contains("'job-sink-0-0'", error.Message, StringComparison.Ordinal);
        Assert.Contains("checkpoint 1 cannot be committed", error.Message, StringComparison.Ordinal);
        Assert.Contains(".SetIgnoreLostTransactions(true)", error.Message, StringComparison.Ordinal);
        Assert.Equal(["b"], await CommittedAsync());
    }

    [Fact]
    public void ShouldFailTheOlderRun_WhenANewerHasTakenOver()
    {
        SinkDriver<string> zombie = Start();
        zombie.Write("a");
        zombie.Flush();
        _ = Start();

        KafkaClientException error = Assert.Throws<KafkaClientException>(() =>
        {
            zombie.Write("b");
            zombie.Flush();
            zombie.Commit(zombie.Prepare(1));
        });

        Assert.True(error.IsFatal, error.Message);
    }

    private SinkDriver<string> Start(params ReadOnlyMemory<byte>[] committables) => Start(0, 1, committables);

    private SinkDriver<string> Start(int task, int parallelism, params ReadOnlyMemory<byte>[] committables)
    {
        SinkDriver<string> driver = Track(new SinkDriver<string>(Sink().Build(), task, parallelism));
        driver.Recover(committables);
        return driver;
    }

    private SinkDriver<string> Track(SinkDriver<string> driver)
    {
        // Earlier runs are left as they are, like a process that was killed or, worse, only paused.
        _drivers.Add(driver);
        return driver;
    }

    private KafkaSinkBuilder<string> Sink() =>
        KafkaSink
            .Builder<string>()
            .SetBootstrapServers(BootstrapServers)
            .SetTopic("out")
            .SetProperty("linger.ms", "1")
            .SetTransactionTimeout(TimeSpan.FromMinutes(1))
            .SetFlushTimeout(TimeSpan.FromSeconds(20))
            .SetValueSerializer(SimpleStringSchema.Instance)
            .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce);

    private async Task<List<string>> CommittedAsync() => [.. (await ReadAllAsync("out")).Order(StringComparer.Ordinal)];
}
