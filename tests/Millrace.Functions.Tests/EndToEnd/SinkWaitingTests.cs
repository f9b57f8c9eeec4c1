using Millrace.Checkpoints;
using Millrace.DevBroker;
using Millrace.Errors;
using Millrace.Functions.Tests.Runner;
using Millrace.Kafka.Protocol;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>A job that stands still because of its sink says so where people look.</summary>
public sealed class SinkWaitingTests
{
    [Fact]
    public async Task ShouldNamePartitionAndErrorInItsStatus_WhenABrokerRefusesWhatItSends()
    {
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(
            new DevBrokerOptions { Topics = { ["lines"] = Scene.Partitions, ["counts"] = 1 } }
        );
        RunnerOptions options = new(broker.BootstrapServers, "UseDevelopmentStorage=true");
        InMemoryObjectStore store = new();
        Topics.Write(broker.BootstrapServers, "lines", Scene.Partitions, [(0, "a:1")]);

        // NOT_ENOUGH_REPLICAS, which a broker of one never answers by itself.
        broker.Faults.Fail(ApiKey.Produce, (ErrorCode)19);
        await using RunnerInstance instance = new(options, new RunnerStore(1), store, new PickyJob(UserCodeErrorAction.Fail));
        instance.Start();

        string status = "";
        await Waiting.UntilAsync(
            async () =>
            {
                status = await SuspensionTests.StatusAsync(instance, store, "picky");
                return status.Contains("in-sync replicas", StringComparison.Ordinal);
            },
            Scene.Deadline,
            () => status + options.Logs.Text
        );

        Assert.Contains("partition counts [0]", status, StringComparison.Ordinal);
    }
}
