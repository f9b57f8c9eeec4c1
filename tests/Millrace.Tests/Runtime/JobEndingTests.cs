using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Runtime;
using Millrace.State;
using Millrace.Testing;
using Millrace.UserFunctions;
using Xunit;

namespace Millrace.Tests.Runtime;

public sealed class JobEndingTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly Task<bool> Found = Task.FromResult(true);

    [Fact]
    public async Task ShouldHoldThePositions_WhenSavepointIsWantedBeforeTheTasksAreOpen()
    {
        InMemoryObjectStore store = new();
        CollectSink<long> first = new();
        await using JobClient before = Endless(Numbers(), first, store).ExecuteDetached("early");
        await UntilAsync(() => first.Records.Count > 100);
        string savepoint = await before.StopWithSavepointAsync("first").WaitAsync(Deadline);
        int stoppedAt = first.Records.Count;

        TaskCompletionSource open = new();
        GatedSource<long> gated = new(Numbers(), open.Task, Found);
        await using JobClient restored = Endless(gated, new CollectSink<long>(), store, savepoint).ExecuteDetached("early");
        await UntilAsync(() => restored.Status == JobStatus.Running);
        Task<string> early = restored.TriggerSavepointAsync("second");
        open.SetResult();
        savepoint = await early.WaitAsync(Deadline);
        await restored.CancelAsync();

        CollectSink<long> last = new();
        await using JobClient after = Endless(Numbers(), last, store, savepoint).ExecuteDetached("early");
        await UntilAsync(() => last.Records.Count > 0);
        Assert.InRange(last.Records[0], stoppedAt, long.MaxValue);
    }

    [Fact]
    public async Task ShouldFailSavepoint_WhenRunFailsBeforeItIsBegun()
    {
        TaskCompletionSource<bool> discovery = new(TaskCreationOptions.RunContinuationsAsynchronously);
        GatedSource<long> gated = new(Numbers(), Task.CompletedTask, discovery.Task);
        await using JobClient client = Endless(gated, new CollectSink<long>(), new InMemoryObjectStore()).ExecuteDetached("unlucky");
        await gated.Discovers.WaitAsync(Deadline);
        Task<string> savepoint = client.TriggerSavepointAsync();
        discovery.SetResult(false);

        await Assert.ThrowsAsync<JobExecutionException>(() => client.Completion.WaitAsync(Deadline));
        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() => savepoint.WaitAsync(Deadline));
        Assert.Contains("'unlucky' ended before the savepoint", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldSaySo_WhenCommitAfterTheLastSavepointFails()
    {
        StreamExecutionEnvironment env = new(new ExecutionOptions { RestartStrategy = RestartStrategy.None });
        env.FromSource(Numbers()).SinkTo(new BrittleSink<long> { FailsToCommit = true });
        await using JobClient client = env.ExecuteDetached("no-commit");
        await UntilAsync(() => client.GetMetrics().RecordsOut > 0);

        InvalidOperationException failure = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            client.StopWithSavepointAsync("last").WaitAsync(Deadline)
        );

        Assert.Contains(
            "failed while it stopped, after savepoint 'jobs/no-commit/savepoints/last'",
            failure.Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task ShouldEndInsteadOfRestart_WhenAValueCannotBeKept()
    {
        StreamExecutionEnvironment env = new(
            new ExecutionOptions { RestartStrategy = RestartStrategy.FixedDelay(1, TimeSpan.FromHours(1)) }
        );
        env.FromElements("a").KeyBy(static text => text).Process(new KeepsWords()).SinkTo(new DiscardingSink<int>());
        await using JobClient client = env.ExecuteDetached("unfit");

        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() => client.Completion.WaitAsync(Deadline));

        Assert.Contains("ICollection", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("value", "values of this type cannot be built from public members.")]
    [InlineData("list", "values of this type cannot be built from public members.")]
    [InlineData("map", "values of this type cannot be built from public members.")]
    [InlineData("reducing", "values of this type cannot be built from public members.")]
    [InlineData("aggregating", "values of this type cannot be built from public members.")]
    [InlineData("cycle", "it contains itself, and state has no references.")]
    [InlineData("hidden", "field '_hidden' is not public")]
    public async Task ShouldEndAndNameTheState_WhenItsTypeCannotBeKept(string kind, string reason)
    {
        StreamExecutionEnvironment env = new(
            new ExecutionOptions { RestartStrategy = RestartStrategy.FixedDelay(1, TimeSpan.FromHours(1)) }
        );
        env.FromElements("a").KeyBy(static text => text).Process(new Declares(kind)).WithUid("declares").SinkTo(new DiscardingSink<int>());
        await using JobClient client = env.ExecuteDetached("unfit");

        JobExecutionException failure = await Assert.ThrowsAsync<JobExecutionException>(() => client.Completion.WaitAsync(Deadline));

        Assert.Contains("(uid 'declares')", failure.Message, StringComparison.Ordinal);
        Assert.Contains("state 'kept'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        Assert.Contains(" Write a TypeSerializer<", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldBeCancelled_WhenCancelledWhileItWaitsToRestart()
    {
        StreamExecutionEnvironment env = new(
            new ExecutionOptions { RestartStrategy = RestartStrategy.FixedDelay(1, TimeSpan.FromHours(1)) }
        );
        env.FromElements(1).Map<int>(_ => throw new InvalidOperationException("planned")).SinkTo(new DiscardingSink<int>());
        await using JobClient client = env.ExecuteDetached("waiting");
        await UntilAsync(() => client.Status == JobStatus.Restarting);

        await client.CancelAsync().WaitAsync(Deadline);

        Assert.Equal(JobStatus.Cancelled, client.Status);
    }

    [Fact]
    public async Task ShouldCloseTheOthers_WhenOneOperatorCannotClose()
    {
        BrittleSink<int> healthy = new();
        StreamExecutionEnvironment env = new();
        DataStream<int> numbers = env.FromElements(1);
        numbers.SinkTo(new BrittleSink<int> { FailsToClose = true });
        numbers.SinkTo(healthy);

        await env.ExecuteAsync("closing").WaitAsync(Deadline);

        Assert.True(healthy.IsDisposed);
    }

    [Fact]
    public async Task ShouldFireNoTimer_WhenInputHasEnded()
    {
        TaskCompletionSource stored = new();
        ManualTimeProvider time = new();
        CollectSink<int> sink = new();
        StreamExecutionEnvironment env = new()
        {
            TimeProvider = time,
            CheckpointStore = new SlowStore(new InMemoryObjectStore(), stored.Task),
        };
        env.FromElements(1).KeyBy(x => x).Process(new LateTimer()).SinkTo(sink);
        await using JobClient client = env.ExecuteDetached("timers");
        await ((SlowStore)env.CheckpointStore).Reached.WaitAsync(Deadline);

        time.Advance(TimeSpan.FromMinutes(1));
        stored.SetResult();
        await client.Completion.WaitAsync(Deadline);

        Assert.Equal([1], sink.Records);
    }

    [Fact]
    public async Task ShouldRunTheOperator_WhenItsResultsGoNowhere()
    {
        int seen = 0;
        StreamExecutionEnvironment env = new();
        DataStream<int> numbers = env.FromElements(1, 2);
        numbers.Rebalance().Map(x => Interlocked.Add(ref seen, x));
        numbers.SinkTo(new DiscardingSink<int>());
        env.FromElements(3).WithName("unread");

        await env.ExecuteAsync("branch").WaitAsync(Deadline);

        Assert.Equal(3, seen);
        Assert.DoesNotContain("unread", env.Describe("branch"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldFeedBranch_WhenItsSinkIsAddedAfterTheJobWasDescribed()
    {
        CollectSink<int> early = new();
        CollectSink<int> late = new();
        StreamExecutionEnvironment env = new();
        DataStream<int> numbers = env.FromElements(1, 2);
        DataStream<int> tens = numbers.Map(x => x * 10);
        numbers.SinkTo(early);
        Assert.Contains("Map", env.Describe("branches"), StringComparison.Ordinal);
        tens.SinkTo(late);

        await env.ExecuteAsync("branches").WaitAsync(Deadline);

        Assert.Equal([1, 2], early.Records);
        Assert.Equal([10, 20], late.Records);
    }

    private static GeneratorSource<long> Numbers() => new(long.MaxValue, n => n) { RecordsPerSecond = 20_000 };

    private static StreamExecutionEnvironment Endless(
        ISource<long> source,
        CollectSink<long> sink,
        InMemoryObjectStore store,
        string? savepoint = null
    )
    {
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                BatchSize = 8,
                RestoreFrom = savepoint,
                RestartStrategy = RestartStrategy.None,
            }
        )
        {
            CheckpointStore = store,
        };
        env.FromSource(source, name: "numbers").WithUid("numbers").SinkTo(sink);
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

    private sealed class LateTimer : KeyedProcessFunction<int, int, int>
    {
        public override void ProcessElement(int value, IKeyedProcessContext<int> context, Collector<int> output)
        {
            context.TimerService.RegisterProcessingTimeTimer(context.TimerService.CurrentProcessingTime + 1000);
            output.Collect(value);
        }

        public override void OnTimer(long timestamp, IOnTimerContext<int> context, Collector<int> output) => output.Collect(-1);
    }

    private sealed class KeepsWords : KeyedProcessFunction<string, string, int>
    {
        public override void ProcessElement(string value, IKeyedProcessContext<string> context, Collector<int> output) =>
            RuntimeContext
                .GetState(new ValueStateDescriptor<ICollection<string>>("words"))
                .Update(new HashSet<string>(StringComparer.Ordinal) { value });
    }

    private sealed class Declares(string kind) : KeyedProcessFunction<string, string, int>
    {
        protected override void Open()
        {
            RuntimeContext context = RuntimeContext;
            IState state = kind switch
            {
                "value" => context.GetState(new ValueStateDescriptor<object>("kept")),
                "list" => context.GetListState(new ListStateDescriptor<IComparable>("kept")),
                "map" => context.GetMapState(new MapStateDescriptor<string, List<object>>("kept")),
                "reducing" => context.GetReducingState(new ReducingStateDescriptor<Shape>("kept", static (one, _) => one)),
                "aggregating" => context.GetAggregatingState(
                    new AggregatingStateDescriptor<int, object, int>("kept", static () => 0, static (sum, _) => sum, static _ => 0)
                ),
                "cycle" => context.GetState(new ValueStateDescriptor<Cycle>("kept")),
                _ => context.GetState(new ValueStateDescriptor<Hidden>("kept")),
            };
            state.Clear();
        }

        public override void ProcessElement(string value, IKeyedProcessContext<string> context, Collector<int> output) =>
            output.Collect(value.Length);
    }

    private abstract class Shape
    {
        public int Corners { get; set; }
    }

    private sealed class Cycle
    {
        public Cycle? Next { get; set; }
    }

    private sealed class Hidden
    {
        private readonly int _hidden = Environment.ProcessId;

        public int Shown { get; set; }

        public int Sum() => _hidden + Shown;
    }
}
