using Microsoft.Azure.Functions.Worker;
using Millrace.Checkpoints;
using Millrace.DevBroker;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Functions.Tests.Runner;
using Millrace.Kafka;
using Xunit;

namespace Millrace.Functions.Tests.Jobs;

public sealed class TickTests
{
    [Fact]
    public async Task ShouldTickTheOtherJob_WhenOneWaitsForItsStore()
    {
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(
            new DevBrokerOptions { Topics = { ["lines"] = Scene.Partitions, ["counts"] = 1 } }
        );
        RunnerOptions options = new(broker.BootstrapServers, "UseDevelopmentStorage=true")
        {
            Settings = { ["Sink:bootstrap.servers"] = broker.BootstrapServers },
        };
        TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
        CountingStore store = new(
            new InMemoryObjectStore(),
            static () => { },
            operation => operation.Contains("jobs/count/", StringComparison.Ordinal) ? opened.Task : Task.CompletedTask
        );
        await using RunnerInstance instance = new(
            options,
            new RunnerStore(1),
            store,
            new CountJob(DeliveryGuarantee.AtLeastOnce),
            new EchoJob()
        );
        TickFunction function = new(instance.Registry);

        Task tick = function.RunAsync(new TimerInfo(), instance.Client, new RunnerFunctionContext("millrace-tick", CancellationToken.None));
        await Waiting.UntilAsync(() => store.WritesOf("jobs/echo/") > 0, Scene.Deadline, () => options.Logs.Text);

        Assert.False(tick.IsCompleted);
        Assert.Equal(0, store.WritesOf("jobs/count/"));
        opened.SetResult();
        await tick;
        Assert.True(store.WritesOf("jobs/count/") > 0);
    }
}
