using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Checkpoints;
using Millrace.DevBroker;
using Millrace.Durable.Hosting;
using Millrace.Functions.Http;
using Millrace.Functions.Tests.Runner;
using Millrace.Kafka.Protocol;
using Millrace.Tests.Durable;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>What another attempt would meet again suspends a job: its status says why, and no trigger goes round hot.</summary>
public sealed class SuspensionTests
{
    [Fact]
    public async Task ShouldSuspendTheJobAndSayWhy_WhenItsSinkHasNoRightToItsTransactionalId()
    {
        await using DevBroker.DevBroker broker = await StartBrokerAsync();
        broker.Faults.Fail(ApiKey.InitProducerId, ErrorCode.TransactionalIdAuthorizationFailed);
        RunnerOptions options = OptionsOf(broker);
        InMemoryObjectStore store = new();
        await using RunnerInstance instance = new(options, new RunnerStore(1), store, new EchoJob());
        DurableJobHost host = await instance.Registry.OpenAsync(instance.Registry.Catalog.Jobs[0], CancellationToken.None);
        Write(broker, "a:1", "b:2");
        instance.Start();

        DurableControl control = await WaitForFailureAsync(host, options);
        string status = await StatusAsync(instance, store, host.Plan.Graph.Name);

        Assert.True(control.IsSuspended);
        Assert.Contains("Grant", control.Failure!.Reason, StringComparison.Ordinal);
        Assert.Contains(JsonEncodedText.Encode(control.Failure.Reason).ToString(), status, StringComparison.Ordinal);

        HealthProbe health = new(instance.Registry, store, TimeProvider.System, NullLoggerFactory.Instance);
        Assert.Equal("suspended", (await health.AskAsync(CancellationToken.None)).Status);

        Assert.DoesNotContain("-9223372036854775808", status, StringComparison.Ordinal);
        JsonNode task = JsonNode.Parse(status)!["tasks"]!.AsArray()[0]!;
        Assert.Equal(("last", 0, false), ((string)task["stage"]!, (int)task["task"]!, (bool)task["isFrozen"]!));

        // What comes now waits, and is not tried again and again.
        Write(broker, "c:3");
        long ticks = instance.Ticks;
        await Waiting.UntilAsync(() => instance.Ticks >= ticks + 5, Scene.Deadline);
        Assert.InRange(options.Logs.Text.Split("A trigger's batch failed").Length - 1, 0, 5);

        broker.Faults.Clear();
        await host.Savepoints.ResumeAsync(tasks: null, CancellationToken.None);
        await Waiting.UntilAsync(() => Topics.Read(broker.BootstrapServers, "counts").Count == 3, Scene.Deadline, () => options.Logs.Text);
        Assert.Null((await host.Job.Controls.ReadAsync(CancellationToken.None))!.Failure);
    }

    [Fact]
    public async Task ShouldNotGoOn_WhenItsLedgersAreGone()
    {
        await using DevBroker.DevBroker broker = await StartBrokerAsync();
        RunnerOptions options = OptionsOf(broker);
        MemoryLedgerStore table = new();
        await using RunnerInstance instance = new(options, new RunnerStore(1), new InMemoryObjectStore(), table, [new EchoJob()]);
        DurableJobHost host = await instance.Registry.OpenAsync(instance.Registry.Catalog.Jobs[0], CancellationToken.None);
        instance.Start();
        table.Clear();
        await WaitForFailureAsync(host, options);

        HttpResponseData answer = await new JobsApi(instance.Registry).ResumeAsync(
            new RunnerRequest($"jobs/{host.Job.Name}/resume", CancellationToken.None),
            instance.Client,
            host.Job.Name
        );

        Assert.Equal(HttpStatusCode.Conflict, answer.StatusCode);
        Assert.Contains("put the table back", Encoding.UTF8.GetString(((MemoryStream)answer.Body).ToArray()), StringComparison.Ordinal);
        Assert.True((await host.Job.Controls.ReadAsync(CancellationToken.None))!.IsSuspended);
    }

    [Fact]
    public async Task ShouldSayOnceThatTicksFail_WhenTheStoreIsAwayForManyOfThem()
    {
        await using DevBroker.DevBroker broker = await StartBrokerAsync();
        RunnerOptions options = OptionsOf(broker);
        await using RunnerInstance instance = new(options, new RunnerStore(1), new InMemoryObjectStore(), new EchoJob());
        await instance.Registry.OpenAsync(instance.Registry.Catalog.Jobs[0], CancellationToken.None);
        instance.Blobs.Fails = static name => name.EndsWith("control.json", StringComparison.Ordinal);
        instance.Start();
        await Waiting.UntilAsync(() => instance.Ticks >= 5, Scene.Deadline, () => options.Logs.Text);
        instance.Blobs.Fails = static _ => false;
        await Waiting.UntilAsync(() => options.Logs.Text.Contains("ticks go on", StringComparison.Ordinal), Scene.Deadline);

        Assert.Equal(1, options.Logs.Text.Split("the tick failed").Length - 1);
    }

    internal static async Task<DurableControl> WaitForFailureAsync(DurableJobHost host, RunnerOptions options)
    {
        DurableControl? control = null;
        await Waiting.UntilAsync(
            () => (control = host.Job.Controls.ReadAsync(CancellationToken.None).GetAwaiter().GetResult())?.Failure is not null,
            Scene.Deadline,
            () => options.Logs.Text
        );
        return control!;
    }

    internal static async Task<string> StatusAsync(RunnerInstance instance, IObjectStore store, string job)
    {
        HttpResponseData response = await new JobsApi(instance.Registry).StatusAsync(
            new RunnerRequest($"jobs/{job}", CancellationToken.None),
            instance.Client,
            job
        );
        return Encoding.UTF8.GetString(((MemoryStream)response.Body).ToArray());
    }

    private static Task<DevBroker.DevBroker> StartBrokerAsync() =>
        DevBroker.DevBroker.StartAsync(new DevBrokerOptions { Topics = { ["lines"] = Scene.Partitions, ["counts"] = 1 } });

    private static RunnerOptions OptionsOf(DevBroker.DevBroker broker) =>
        new(broker.BootstrapServers, "UseDevelopmentStorage=true") { Settings = { ["Sink:bootstrap.servers"] = broker.BootstrapServers } };

    private static void Write(DevBroker.DevBroker broker, params string[] lines) =>
        Topics.Write(broker.BootstrapServers, "lines", Scene.Partitions, lines.Select((line, i) => (i, line)));
}
