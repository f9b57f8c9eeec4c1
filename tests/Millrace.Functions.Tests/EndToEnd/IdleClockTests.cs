using System.Globalization;
using Millrace.Checkpoints;
using Millrace.DevBroker;
using Millrace.Functions.Tests.Runner;
using Millrace.Kafka;
using Millrace.Time;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>A job that is scaled to zero when its input ends does not keep its last window for itself.</summary>
public sealed class IdleClockTests
{
    [Fact]
    public async Task ShouldCloseTheLastWindow_WhenNoPartitionHasAnything()
    {
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(
            new DevBrokerOptions { Topics = { ["lines"] = Scene.Partitions, ["counts"] = 1 } }
        );
        RunnerOptions options = new(broker.BootstrapServers, "UseDevelopmentStorage=true");
        CountJob job = new(DeliveryGuarantee.AtLeastOnce, clock: new IdleClock(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2)));
        await using RunnerInstance instance = new(options, new RunnerStore(1), new InMemoryObjectStore(), job);
        instance.Start();
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() / 1_000 * 1_000;

        // Two of the partitions never get anything.
        string[] lines = [$"a:{now}", $"b:{now + 1}", $"a:{now + 2}"];
        Topics.Write(broker.BootstrapServers, "lines", Scene.Partitions, lines.Select((line, i) => (i % 2, line)));

        string[] expected = [$"a:{now}:2", $"b:{now}:1"];
        await Waiting.UntilAsync(
            () => Topics.Values(broker.BootstrapServers, "counts").Order(StringComparer.Ordinal).SequenceEqual(expected),
            Scene.Deadline,
            () => string.Create(CultureInfo.InvariantCulture, $"{instance.Ticks} ticks. {options.Logs.Text}")
        );
    }
}
