using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Millrace.Checkpoints;
using Millrace.DevBroker;
using Millrace.Durable.Hosting;
using Millrace.Functions.Tests.Runner;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>The ledger knows its topic: one that was deleted and created again is not read on at the old offset.</summary>
public sealed class RecreatedTopicTests
{
    [Fact]
    public async Task ShouldSuspendTheJobAndNameTheTopic_WhenItWasDeletedAndCreatedAgainAndHasGrownLonger()
    {
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(
            new DevBrokerOptions { Topics = { ["lines"] = Scene.Partitions, ["counts"] = 1 } }
        );
        RunnerOptions options = new(broker.BootstrapServers, "UseDevelopmentStorage=true")
        {
            Settings = { ["Sink:bootstrap.servers"] = broker.BootstrapServers },
        };
        InMemoryObjectStore store = new();
        RunnerStore entities = new(1);
        await using (RunnerInstance first = new(options, entities, store, new EchoJob()))
        {
            Write(broker, 40);
            first.Start();
            await Waiting.UntilAsync(
                () => Topics.Read(broker.BootstrapServers, "counts").Count == 40,
                Scene.Deadline,
                () => options.Logs.Text
            );
        }

        using (IAdminClient admin = new AdminClientBuilder([new("bootstrap.servers", broker.BootstrapServers)]).Build())
        {
            await admin.DeleteTopicsAsync(["lines"]);
            await admin.CreateTopicsAsync([new TopicSpecification { Name = "lines", NumPartitions = Scene.Partitions }]);
        }

        Write(broker, 80);
        await using RunnerInstance second = new(options, entities, store, new EchoJob());
        DurableJobHost host = await second.Registry.OpenAsync(second.Registry.Catalog.Jobs[0], CancellationToken.None);
        second.Start();
        DurableControl control = await SuspensionTests.WaitForFailureAsync(host, options);

        Assert.Contains("'lines' was deleted and created again", control.Failure!.Reason, StringComparison.Ordinal);
        Assert.Equal(40, Topics.Read(broker.BootstrapServers, "counts").Count);
    }

    private static void Write(DevBroker.DevBroker broker, int count) =>
        Topics.Write(broker.BootstrapServers, "lines", Scene.Partitions, Enumerable.Range(0, count).Select(i => (i, $"k{i % 5}:{i}")));
}
