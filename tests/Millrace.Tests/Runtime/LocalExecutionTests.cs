using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Graph;
using Millrace.Runtime;
using Xunit;

namespace Millrace.Tests.Runtime;

public sealed class LocalExecutionTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task ShouldRunChainToItsEnd_WhenSourceIsBounded()
    {
        CollectSink<int> sink = new();
        StreamExecutionEnvironment env = new();
        env.FromElements(1, 2, 3, 4, 5)
            .Map(x => x * 10)
            .Filter(x => x != 30)
            .FlatMap<int>(
                (x, output) =>
                {
                    output.Collect(x);
                    output.Collect(x + 1);
                }
            )
            .SinkTo(sink);

        JobExecutionResult result = await env.ExecuteAsync("chain").WaitAsync(Deadline);

        Assert.Equal([10, 11, 20, 21, 40, 41, 50, 51], sink.Records);
        Assert.Equal((5, 8), (result.Metrics.RecordsIn, result.Metrics.RecordsOut));
        Assert.Equal(JobStatus.Finished, result.Metrics.Status);
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(4, 2)]
    [InlineData(3, 3)]
    public async Task ShouldLoseAndDoubleNothing_WhenParallelismChangesBetweenStages(int before, int after)
    {
        CollectSink<long> sink = new();
        StreamExecutionEnvironment env = new(new ExecutionOptions { BatchSize = 16 });
        env.FromGenerator(10_000, n => n, splits: 5)
            .SetParallelism(before)
            .Map(x => x + 1)
            .SetParallelism(after)
            .Rebalance()
            .Map(x => x - 1)
            .SetParallelism(before)
            .SinkTo(sink)
            .SetParallelism(after);

        await env.ExecuteAsync("parallel").WaitAsync(Deadline);

        Assert.Equal(Enumerable.Range(0, 10_000).Select(n => (long)n), sink.Records.Order());
    }

    [Fact]
    public async Task ShouldDeliverUnionAndBroadcast_WhenStreamsAreJoined()
    {
        CollectSink<string> sink = new();
        StreamExecutionEnvironment env = new();
        DataStream<string> left = env.FromElements("a", "b");
        DataStream<string> right = env.FromElements("c");
        left.Union(right).Broadcast().Map(x => x + "!").SetParallelism(2).SinkTo(sink).SetParallelism(1);

        await env.ExecuteAsync("union").WaitAsync(Deadline);

        Assert.Equal(["a!", "a!", "b!", "b!", "c!", "c!"], sink.Records.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task ShouldRestartFromLastCheckpoint_WhenTaskFails()
    {
        JobClient? client = null;
        long failedAt = -1;
        long restartedAt = -1;
        CollectSink<long> sink = new();
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                BatchSize = 8,
                CheckpointInterval = TimeSpan.FromMilliseconds(5),
                RestartStrategy = RestartStrategy.FixedDelay(1, TimeSpan.FromMilliseconds(1)),
            }
        );
        env.FromSource(new GeneratorSource<long>(long.MaxValue, n => n) { RecordsPerSecond = 20_000 })
            .Map(x =>
            {
                if (failedAt < 0 && x > 0 && Volatile.Read(ref client)?.GetMetrics().LastCheckpointId > 2)
                {
                    failedAt = x;
                    throw new InvalidOperationException("planned");
                }

                if (failedAt >= 0 && restartedAt < 0)
                {
                    restartedAt = x;
                }

                return x;
            })
            .SinkTo(sink);

        Volatile.Write(ref client, env.ExecuteDetached("restart"));
        await UntilAsync(() =>
            Volatile.Read(ref restartedAt) >= 0 && sink.Records is [.., var last] && last > Volatile.Read(ref failedAt) + 100
        );
        await client.DisposeAsync();

        Assert.Equal(1, client.GetMetrics().Restarts);
        Assert.StartsWith(
            "Task source-generatorsource-1[0] failed: Operator 'Map' (uid 'map-1') failed on a record, split 0 @ ",
            client.GetMetrics().LastFailure,
            StringComparison.Ordinal
        );
        Assert.Contains(": planned. The record: ", client.GetMetrics().LastFailure, StringComparison.Ordinal);
        Assert.InRange(restartedAt, 1, failedAt);
        long[] seen = [.. sink.Records.Distinct().Order()];
        Assert.Equal(Enumerable.Range(0, seen.Length).Select(n => (long)n), seen);
    }

    [Fact]
    public async Task ShouldContinueBehindSavepoint_WhenStoppedAndRestored()
    {
        InMemoryObjectStore store = new();
        CollectSink<long> first = new();
        StreamExecutionEnvironment env = Endless(first, store, new ExecutionOptions());
        JobClient client = env.ExecuteDetached("savepoint");
        await UntilAsync(() => first.Records.Count > 100);
        string savepoint = await client.StopWithSavepointAsync("before-upgrade").WaitAsync(Deadline);
        await client.DisposeAsync();
        int stoppedAt = first.Records.Count;

        CollectSink<long> second = new();
        JobClient next = Endless(second, store, new ExecutionOptions { RestoreFrom = savepoint }).ExecuteDetached("savepoint");
        await UntilAsync(() => second.Records.Count > 100);
        await next.DisposeAsync();

        Assert.Equal(JobStatus.Cancelled, client.Status);
        Assert.Equal(Enumerable.Range(0, stoppedAt).Select(n => (long)n), first.Records);
        Assert.Equal(stoppedAt, second.Records[0]);
    }

    [Fact]
    public async Task ShouldGiveUp_WhenRestartStrategyIsExhausted()
    {
        StreamExecutionEnvironment env = new(new ExecutionOptions { RestartStrategy = RestartStrategy.FixedDelay(2, TimeSpan.Zero) });
        env.FromElements(1).Map<int>(_ => throw new InvalidOperationException("always")).SinkTo(new DiscardingSink<int>());

        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() =>
            env.ExecuteAsync("hopeless").WaitAsync(Deadline)
        );

        Assert.Contains("always", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldRefuseSavepoint_WhenGeneratorIsCutDifferently()
    {
        InMemoryObjectStore store = new();
        CollectSink<long> sink = new();
        JobClient client = Endless(sink, store, new ExecutionOptions()).ExecuteDetached("cut");
        await UntilAsync(() => sink.Records.Count > 10);
        string savepoint = await client.StopWithSavepointAsync("whole").WaitAsync(Deadline);
        await client.DisposeAsync();

        StreamExecutionEnvironment halves = new(new ExecutionOptions { RestoreFrom = savepoint, RestartStrategy = RestartStrategy.None })
        {
            CheckpointStore = store,
        };
        halves
            .FromSource(new GeneratorSource<long>(long.MaxValue, n => n, splits: 2))
            .WithUid("numbers")
            .Map(x => x)
            .SinkTo(new DiscardingSink<long>());
        JobExecutionException refused = await Assert.ThrowsAsync<JobExecutionException>(() =>
            halves.ExecuteAsync("cut").WaitAsync(Deadline)
        );

        Assert.Contains("cut into 1 splits when the checkpoint was taken and is cut into 2 now", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldListAllErrors_WhenJobIsInvalid()
    {
        StreamExecutionEnvironment env = new();
        env.SetParallelism(500);
        env.FromElements(1).WithUid("same").Map(x => x).WithUid("same");

        JobValidationException invalid = Assert.Throws<JobValidationException>(() => env.Describe("bad/name"));

        Assert.Equal(4, invalid.Errors.Count);
    }

    [Fact]
    public void ShouldNameStagesAndUids_WhenDescribed()
    {
        StreamExecutionEnvironment env = new();
        env.FromElements(1).Map(x => x).WithUid("double").Rebalance().Map(x => x).SinkTo(new DiscardingSink<int>());

        string text = env.Describe("described");

        Assert.Contains("[double]", text, StringComparison.Ordinal);
        Assert.Contains("--rebalance--> stage 1 Map", text, StringComparison.Ordinal);
        Assert.Contains("flowchart LR", env.Describe("described", DescriptionFormat.Mermaid), StringComparison.Ordinal);
        Assert.Contains("\"uid\": \"map-1\"", env.Describe("described", DescriptionFormat.Json), StringComparison.Ordinal);
    }

    private static StreamExecutionEnvironment Endless(CollectSink<long> sink, InMemoryObjectStore store, ExecutionOptions options)
    {
        options.BatchSize = 8;
        StreamExecutionEnvironment env = new(options) { CheckpointStore = store };
        env.FromSource(new GeneratorSource<long>(long.MaxValue, n => n) { RecordsPerSecond = 20_000 })
            .WithUid("numbers")
            .Map(x => x)
            .SinkTo(sink);
        return env;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }
    }
}
