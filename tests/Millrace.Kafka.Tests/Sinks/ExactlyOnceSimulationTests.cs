using System.Globalization;
using Xunit;

namespace Millrace.Kafka.Tests.Sinks;

/// <summary>
/// A host that dies anywhere: random writes, barriers, completed and failed checkpoints, commits, and runs that just stop (and stay around
/// as zombies). Whatever happens, a reader with read_committed sees each record once, and only records of complete checkpoints.
/// </summary>
public sealed class ExactlyOnceSimulationTests : BrokerTest
{
    private readonly List<SinkDriver<string>> _runs = [];

    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("out", 2)];

    protected override async ValueTask CleanUpAsync()
    {
        foreach (SinkDriver<string> run in _runs)
        {
            await run.DisposeAsync();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task ShouldShowEachRecordOnce_WhenRunsDieAnywhere(int seed)
    {
        Random random = new(seed);
        int position = 0;
        long checkpoint = 0;
        (int Position, ReadOnlyMemory<byte>[] Committables) complete = (0, []);
        List<(int Position, ReadOnlyMemory<byte> Committable)> pending = [];
        List<ReadOnlyMemory<byte>> uncommitted = [];
        SinkDriver<string> run = Start([]);
        for (int step = 0; step < 60; step++)
        {
            switch (random.Next(10))
            {
                case < 4:
                    int count = random.Next(1, 20);
                    run.Write([.. Enumerable.Range(position, count).Select(i => i.ToString("D6", CultureInfo.InvariantCulture))]);
                    position += count;
                    break;
                case < 6:
                    pending.Add((position, run.Prepare(++checkpoint)));
                    break;
                case < 8 when pending.Count > 0:
                    // The newest pending checkpoint completes; those before it never will.
                    complete = (pending[^1].Position, [.. pending.Select(each => each.Committable)]);
                    uncommitted.AddRange(complete.Committables);
                    pending.Clear();
                    break;
                case < 9:
                    foreach (ReadOnlyMemory<byte> committable in uncommitted)
                    {
                        run.Commit(committable);
                    }

                    uncommitted.Clear();
                    break;
                default:
                    run = Start(complete.Committables);
                    position = complete.Position;
                    pending.Clear();
                    uncommitted.Clear();
                    break;
            }
        }

        _ = Start(complete.Committables);
        List<string> visible = await ReadAllAsync("out");

        Assert.Equal(
            Enumerable.Range(0, complete.Position).Select(i => i.ToString("D6", CultureInfo.InvariantCulture)),
            visible.Order(StringComparer.Ordinal)
        );
        Assert.True(complete.Position > 0, "The seed completes no checkpoint; take another.");
    }

    private SinkDriver<string> Start(ReadOnlyMemory<byte>[] committables)
    {
        SinkDriver<string> run = new(
            KafkaSink
                .Builder<string>()
                .SetBootstrapServers(BootstrapServers)
                .SetTopic("out")
                .SetProperty("linger.ms", "1")
                .SetTransactionTimeout(TimeSpan.FromMinutes(1))
                .SetFlushTimeout(TimeSpan.FromSeconds(20))
                .SetValueSerializer(SimpleStringSchema.Instance)
                .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
                .Build()
        );
        run.Recover(committables);
        _runs.Add(run);
        return run;
    }
}
