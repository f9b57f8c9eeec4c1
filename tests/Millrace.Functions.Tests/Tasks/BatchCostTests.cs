using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.DurableTask.Converters;
using Microsoft.DurableTask.Entities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Functions.Jobs;
using Millrace.Functions.Tasks;
using Millrace.Functions.Tests.Configuration;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Functions.Tests.Runner;
using Millrace.Graph;
using Millrace.Kafka;
using Millrace.Tests.Shared;
using Xunit;
using Xunit.Abstractions;

namespace Millrace.Functions.Tests.Tasks;

/// <summary>
/// What a batch of operations costs the worker. The figures go to the test's output: <c>dotnet test tests/Millrace.Functions.Tests -c
/// Release --filter BatchCostTests --logger "console;verbosity=detailed"</c>.
/// </summary>
public sealed class BatchCostTests(ITestOutputHelper output)
{
    private const int Operations = 20;
    private const int RecordsPerOperation = 1_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task ShouldSerializeTheStateOncePerBatch_WhenTheBatchSizeIsKnown()
    {
        await using TestBroker broker = await TestBroker.StartAsync(("lines", 1));
        using IHost app = Build(broker.BootstrapServers);
        await using JobRegistry registry = app.Services.GetRequiredService<JobRegistry>();
        DurableJobHost host = await registry.OpenAsync(registry.Catalog.Jobs[0], CancellationToken.None).WaitAsync(Deadline);
        string[] operations =
        [
            .. (await EnvelopesAsync(host)).Select(envelope => JsonDataConverter.Default.Serialize(EnvelopeCodec.Encode(envelope)))!,
        ];
        string state = (await RunAsync(registry, host, null, operations, isKnown: true)).State.Content!;
        TaskState saved = JsonDataConverter.Default.Deserialize<TaskState>(state)!;
        long size = saved.Bytes!.Length + saved.Parts!.Sum(part => part.Size);
        Assert.InRange(size, 80_000, 160_000);

        // The same positions again would be duplicates: each round starts from the state and goes on with what follows.
        operations =
        [
            .. (await EnvelopesAsync(host, from: Operations * RecordsPerOperation)).Select(envelope =>
                JsonDataConverter.Default.Serialize(EnvelopeCodec.Encode(envelope))
            )!,
        ];
        List<double> known = [];
        List<double> unknown = [];
        for (int round = 0; round < 7; round++)
        {
            (RunnerEntityState once, double fast) = await RunAsync(registry, host, state, operations, isKnown: true);
            (RunnerEntityState each, double slow) = await RunAsync(registry, host, state, operations, isKnown: false);
            Assert.Equal((1, Operations), (once.Writes, each.Writes));
            Assert.Equal(
                JsonDataConverter.Default.Deserialize<TaskState>(each.Content)!.Bytes,
                JsonDataConverter.Default.Deserialize<TaskState>(once.Content)!.Bytes
            );
            known.Add(fast);
            unknown.Add(slow);
        }

        (double median, double medianOfEach) = (Median(known), Median(unknown));
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Operations} operations of {RecordsPerOperation} records, state {size / 1000.0:F0} KB: {median:F2} ms per "
                    + $"operation with the state serialized once, {medianOfEach:F2} ms with each, {medianOfEach / median:F2} times."
            )
        );
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static IHost Build(string brokers)
    {
        HostApplicationBuilder builder = ConfigurationTests.Compose(
            new CountJob(DeliveryGuarantee.AtLeastOnce, parallelism: 1),
            ("KafkaBrokers", brokers),
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true")
        );
        InMemoryObjectStore store = new();
        builder.Services.AddSingleton<IObjectStore>(store);
        builder.Services.AddSingleton<ILedgerStore>(new ObjectLedgerStore(store));
        return builder.Build();
    }

    private static async Task<(RunnerEntityState State, double Milliseconds)> RunAsync(
        JobRegistry registry,
        DurableJobHost host,
        string? state,
        string[] operations,
        bool isKnown
    )
    {
        EntityInstanceId id = TaskEntityClient.IdOf(TaskKey.Of(host, host.Plan.KeyedStages[0], 0));
        RunnerFunctionContext invocation = new("millrace", CancellationToken.None);
        if (isKnown)
        {
            EntityBatchSize.Set(invocation, operations.Length);
        }

        RunnerEntityContext context = new(id);
        RunnerEntityState entityState = new(state);
        long start = Stopwatch.GetTimestamp();
        using EntityBatch batch = new TaskFunction(registry).CreateBatch(invocation);
        TaskEntity entity = new(batch);
        foreach (string operation in operations)
        {
            await entity
                .RunAsync(new RunnerOperation(new RunnerMessage(0, id, DurableOperation.Envelope, operation), context, entityState))
                .AsTask()
                .WaitAsync(Deadline);
        }

        batch.ThrowIfIncomplete();
        return (entityState, Stopwatch.GetElapsedTime(start).TotalMilliseconds / operations.Length);
    }

    /// <summary>Envelopes of a source partition with many keys, so that each operation touches all of the state.</summary>
    private static async Task<IReadOnlyList<Envelope>> EnvelopesAsync(DurableJobHost host, int from = 0)
    {
        Stage source = host.Plan.Sources[0];
        await using DurableSourceRunner runner = new(host.Plan, source, upstream: 0, host.Job.Services);
        List<Envelope> all = [];
        LedgerState ledger = LedgerState.Initial(from) with
        {
            Sent =
                from == 0
                    ? SentPositions.Of([])
                    : SentPositions.Of([new(new ChannelId(source.OutputEdges[0].NameIn(host.Plan.Graph), 0, 0), from - 1)]),
        };
        for (int operation = 0; operation < Operations; operation++)
        {
            RawRecord[] records = [.. Enumerable.Range(from + (operation * RecordsPerOperation), RecordsPerOperation).Select(Record)];
            OffsetRange range = new(records[0].Offset, records[^1].Offset);
            SourceRangeResult result = runner.Process(ledger, range, records, isResend: false);
            all.Add(Assert.Single(result.Envelopes));
            ledger = ledger with { Next = range.To + 1, Sent = ledger.Sent.With(result.Sent), Watermark = result.Watermark };
        }

        return all;
    }

    private static RawRecord Record(int i) =>
        new(
            "lines",
            0,
            i,
            0,
            null,
            Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"k{i * 7919 % 8000:D10}:{500 + (i % 2)}")),
            []
        );
}
