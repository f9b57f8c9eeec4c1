using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Errors;
using Millrace.Graph;
using Millrace.Time;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Durable;

public sealed class DurableUserCodeTests
{
    private static readonly DurableServices Services = new(TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
    private static readonly DurableHostOptions Options = new() { UserCodeRetryDelay = TimeSpan.Zero, BackPressureWait = TimeSpan.Zero };

    [Fact]
    public async Task ShouldNameRecord_WhenMapOfASourceThrows()
    {
        UserCodeException error = await Assert.ThrowsAsync<UserCodeException>(() =>
            RunSourceAsync(Graph(UserCodeErrorPolicy.Fail, mapFails: true))
        );

        Assert.Equal(("clicks", 0, 1L, "map"), (error.Topic, error.Partition, error.Offset, error.OperatorUid));
        Assert.Contains("clicks [0] @ 1: FormatException", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldGoOnWithoutTheRecord_WhenMapOfASourceThrows(bool isDeadLetter)
    {
        SourceRangeResult result = await RunSourceAsync(Graph(isDeadLetter ? Letters : UserCodeErrorPolicy.Skip, mapFails: true));

        // The letter has the record's own id and position, so a second attempt writes the same one.
        SourceSinkRecord[] letters = [.. result.SinkRecords];
        Assert.Equal(isDeadLetter ? [("clicks-dead-letters", 1L)] : [], letters.Select(letter => (letter.SinkUid, letter.Record.Sequence)));
        Assert.All(
            letters,
            letter =>
                Assert.Contains(
                    "Original = RawRecord { Topic = clicks, Partition = 0, Offset = 1",
                    Encoding.UTF8.GetString(letter.Record.Data.Span),
                    StringComparison.Ordinal
                )
        );
        Assert.Equal(2, RecordsOf(result));
    }

    [Fact]
    public async Task ShouldGoOnWithoutTheRecord_WhenAggregateThrowsAtASourceThatPreAggregates()
    {
        SourceRangeResult result = await RunSourceAsync(Graph(Letters, mapFails: false, preAggregates: true));

        Assert.Equal(["clicks-dead-letters"], result.SinkRecords.Select(letter => letter.SinkUid));
        Assert.Single(result.Envelopes);
    }

    [Fact]
    public async Task ShouldNameRecordAndSuspendJob_WhenAggregateOfAKeyedTaskFailsAgainAndAgain()
    {
        InMemoryObjectStore store = new();
        await using DurableJobHost host = await OpenAsync(Graph(UserCodeErrorPolicy.Fail, mapFails: false), store);
        TaskState? state = null;
        for (int attempt = 1; attempt <= 3; attempt++)
        {
            Assert.Null((await host.Job.Controls.ReadAsync(CancellationToken.None))!.Failure);
            state = await ApplyAsync(host, state, await EnvelopesAsync(host.Plan));
        }

        DurableControl control = (await host.Job.Controls.ReadAsync(CancellationToken.None))!;
        Assert.True(control.IsSuspended);
        Assert.Contains(
            "(uid 'count') failed on a record, clicks [0] @ 1: FormatException",
            control.Failure!.Reason,
            StringComparison.Ordinal
        );
        JobSuspendedException suspended = await Assert.ThrowsAsync<JobSuspendedException>(() =>
            host.Suspension.WaitWhileSuspendedAsync(CancellationToken.None)
        );
        Assert.Contains("clicks/resume", suspended.Message, StringComparison.Ordinal);

        // What it failed on is kept.
        TaskCheckpoint kept = new();
        TaskCheckpointCodec.Read(state!.Bytes, host.Plan.OptionsOf(host.Plan.KeyedStages[0], 0), kept);
        Assert.Single(Assert.Single(kept.Channels.Values).Held);
    }

    [Fact]
    public async Task ShouldSuspendJobUntilItIsResumed_WhenChainOfASourceFailsAgainAndAgain()
    {
        await using DurableJobHost host = await OpenAsync(Graph(UserCodeErrorPolicy.Fail, mapFails: true), new InMemoryObjectStore());
        Task Deliver() => host.Sources.ProcessAsync(host.Plan.Sources[0], Records, new NoTasks(), CancellationToken.None);

        for (int attempt = 1; attempt <= 3; attempt++)
        {
            await Assert.ThrowsAsync<UserCodeException>(Deliver);
        }

        Assert.Contains("clicks [0] @ 1", (await Assert.ThrowsAsync<JobSuspendedException>(Deliver)).Message, StringComparison.Ordinal);
        await host.Savepoints.ResumeAsync(tasks: null, CancellationToken.None);
        Assert.Null((await host.Job.Controls.ReadAsync(CancellationToken.None))!.Failure);
        await Assert.ThrowsAsync<UserCodeException>(Deliver);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldGoOnWithoutTheRecord_WhenAggregateOfAKeyedTaskThrows(bool isDeadLetter)
    {
        await using DurableJobHost host = await OpenAsync(
            Graph(isDeadLetter ? Letters : UserCodeErrorPolicy.Skip, mapFails: false),
            new InMemoryObjectStore()
        );

        TaskState state = await ApplyAsync(host, null, await EnvelopesAsync(host.Plan));

        TaskCheckpoint checkpoint = new();
        TaskCheckpointCodec.Read(state.Bytes, host.Plan.OptionsOf(host.Plan.KeyedStages[0], 0), checkpoint);
        ChannelReceiver channel = Assert.Single(checkpoint.Channels.Values);
        Assert.Equal((2L, 0), (channel.Applied, channel.Held.Count));
        Assert.Equal(isDeadLetter ? ["count-dead-letters"] : [], checkpoint.SinkEntries.Select(entry => entry.Sink));
        Assert.All(
            checkpoint.SinkEntries,
            entry =>
                Assert.Contains(
                    "Original = RawRecord { Topic = clicks, Partition = 0, Offset = 1",
                    Encoding.UTF8.GetString(entry.Record.Span),
                    StringComparison.Ordinal
                )
        );
    }

    private static UserCodeErrorPolicy Letters => UserCodeErrorPolicy.DeadLetter(new TextSink<DeadLetter>());

    private static RawRecord[] Records =>
        [
            TextSource.Encode(0, 0, new Click("/a", 5)),
            TextSource.Encode(0, 1, new Click("/bad", 5)),
            TextSource.Encode(0, 2, new Click("/c", 5)),
        ];

    private static Click Check(Click click) =>
        click.Page == "/bad" ? throw new FormatException("A page that this function does not take.") : click;

    private static JobGraph Graph(UserCodeErrorPolicy policy, bool mapFails, bool preAggregates = false)
    {
        StreamExecutionEnvironment env = new();
        env.SetUserCodeErrorPolicy(policy);
        WindowedStream<string, Click, TimeWindow> windows = env.FromSource(
                new TextSource(Records),
                WatermarkStrategy<Click>.ForMonotonousTimestamps().WithTimestampAssigner(click => click.Time)
            )
            .WithUid("clicks")
            .Map(click => mapFails ? Check(click) : click)
            .WithUid("map")
            .KeyBy(click => click.Page)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)));
        (preAggregates ? windows.PreAggregate() : windows)
            .Aggregate(new Picky())
            .WithUid("count")
            .SinkTo(new TextSink<long>())
            .WithUid("results");
        return env.GetJobGraph("clicks", hasStatelessSources: true);
    }

    private static Task<DurableJobHost> OpenAsync(JobGraph graph, InMemoryObjectStore store) =>
        new DurableJobOpener(graph, store, Services, Options).OpenAsync(CancellationToken.None);

    private static async Task<SourceRangeResult> RunSourceAsync(JobGraph graph)
    {
        DurableJobPlan plan = new(graph, "clicks@1");
        await using DurableSourceRunner runner = new(plan, plan.Sources[0], DurableJobPlan.UpstreamOf(0, 0), Services);
        return runner.Process(LedgerState.Initial(0).TakenOver(), new OffsetRange(0, 2), Records, isResend: false);
    }

    private static int RecordsOf(SourceRangeResult result)
    {
        int count = 0;
        foreach (Envelope envelope in result.Envelopes)
        {
            RecordPayloadReader records = new(envelope.Payload, -1);
            while (records.TryRead(out _, out _))
            {
                count++;
            }
        }

        return count;
    }

    private static async Task<IReadOnlyList<Envelope>> EnvelopesAsync(DurableJobPlan plan)
    {
        await using DurableSourceRunner runner = new(plan, plan.Sources[0], DurableJobPlan.UpstreamOf(0, 0), Services);
        return (runner.Process(LedgerState.Initial(0).TakenOver(), new OffsetRange(0, 2), Records, isResend: false)).Envelopes;
    }

    private static async Task<TaskState> ApplyAsync(DurableJobHost host, TaskState? state, IReadOnlyList<Envelope> envelopes)
    {
        (Stage stage, int task, byte[] message) = Assert.Single(host.Plan.Pack(envelopes));
        using DurableTaskBatch batch = await host.OpenBatchAsync(stage, task, state, CancellationToken.None);
        await batch.ApplyAsync(DurableOperation.Envelope, message, (_, _, _, _) => { }, CancellationToken.None);
        return await batch.SaveAsync(CancellationToken.None);
    }

    private sealed class NoTasks : IDurableTasks
    {
        public Task SignalAsync(Stage stage, int task, string operation, byte[] content, CancellationToken cancellationToken) =>
            Task.CompletedTask;

        public Task<TaskImage> ReadStateAsync(Stage stage, int task, bool isWhole, CancellationToken cancellationToken) =>
            Task.FromResult(TaskImage.Empty);

        public Task EmitBestEffortAsync(
            string sinkUid,
            string batch,
            IReadOnlyList<DurableSinkRecord> records,
            CancellationToken cancellationToken
        ) => Task.CompletedTask;
    }

    private sealed class Picky : IAggregateFunction<Click, long, long>
    {
        public long CreateAccumulator() => 0;

        public long Add(Click value, long accumulator) => Check(value).Page.Length > 0 ? accumulator + 1 : accumulator;

        public long GetResult(long accumulator) => accumulator;

        public long Merge(long left, long right) => left + right;
    }
}
