using Millrace.Api;
using Millrace.Connectors;
using Millrace.Graph;
using Millrace.Runtime;
using Millrace.State;
using Millrace.Time;
using Millrace.UserFunctions;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Api;

/// <summary>Whole jobs over the keyed part of the API, at several parallelisms, against plain LINQ.</summary>
public sealed class KeyedApiTests
{
    private const int Count = 3_000;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static TheoryData<int> Parallelisms => [1, 3];

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task ShouldCountSessions_WhenThereAreGaps(int parallelism)
    {
        // Key k has bursts of ten records, a second apart from each other.
        IReadOnlyList<(int, long, int)> actual = await RunAsync<(int, long, int)>(
            parallelism,
            stream =>
                stream
                    .KeyBy(value => value.Key)
                    .Window(EventTimeSessionWindows.WithGap(TimeSpan.FromMilliseconds(200)))
                    .Aggregate(new Counter(), (key, window, count) => (key, window.Start, count))
        );

        IEnumerable<(int Key, long, int)> expected = Values()
            .GroupBy(value => (value.Key, Burst: value.Time / 1_000))
            .Select(group => (group.Key.Key, group.Min(value => value.Time), group.Count()));
        Assert.Equal(expected.Order(), actual.Order());
    }

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task ShouldJoinPerWindow_WhenTwoStreamsMeet(int parallelism)
    {
        IReadOnlyList<(int, int)> actual = await RunAsync<(int, int)>(
            parallelism,
            stream =>
                stream
                    .Filter(value => value.Id % 2 == 0)
                    .Join(stream.Filter(value => value.Id % 2 == 1))
                    .Where(value => value.Key)
                    .EqualTo(value => value.Key)
                    .Window(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(50)))
                    .Apply((left, right) => (left.Id, right.Id))
        );

        IEnumerable<(int, int)> expected =
            from left in Values().Where(value => value.Id % 2 == 0)
            from right in Values().Where(value => value.Id % 2 == 1)
            where left.Key == right.Key && left.Time / 50 == right.Time / 50
            select (left.Id, right.Id);
        Assert.Equal(expected.Order(), actual.Order());
    }

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task ShouldJoinByInterval_WhenTwoKeyedStreamsMeet(int parallelism)
    {
        IReadOnlyList<(int, int)> actual = await RunAsync<(int, int)>(
            parallelism,
            stream =>
                stream
                    .Filter(value => value.Id % 2 == 0)
                    .KeyBy(value => value.Key)
                    .IntervalJoin(stream.Filter(value => value.Id % 2 == 1).KeyBy(value => value.Key))
                    .Between(TimeSpan.FromMilliseconds(-5), TimeSpan.FromMilliseconds(10))
                    .UpperBoundExclusive()
                    .Process((left, right) => (left.Id, right.Id))
        );

        IEnumerable<(int, int)> expected =
            from left in Values().Where(value => value.Id % 2 == 0)
            from right in Values().Where(value => value.Id % 2 == 1)
            where left.Key == right.Key && right.Time >= left.Time - 5 && right.Time < left.Time + 10
            select (left.Id, right.Id);
        Assert.Equal(expected.Order(), actual.Order());
    }

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task ShouldTellTimesAndHaveSideOutputs_WhenPairsAreProcessed(int parallelism)
    {
        OutputTag<int> same = new("same");
        RichLife life = new();
        SingleOutputStreamOperator<(int, int, long, long)> pairs = null!;
        IReadOnlyList<int> sides = await RunAsync<int>(
            parallelism,
            stream =>
            {
                pairs = stream
                    .KeyBy(value => value.Key)
                    .IntervalJoin(stream.KeyBy(value => value.Key))
                    .Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(10))
                    .Process(new Pairs(same, life));
                pairs.SinkTo(new DiscardingSink<(int, int, long, long)>());
                return pairs.GetSideOutput(same);
            }
        );
        IReadOnlyList<(int, int, long, long)> actual = await RunAsync<(int, int, long, long)>(
            parallelism,
            stream =>
                stream
                    .KeyBy(value => value.Key)
                    .IntervalJoin(stream.KeyBy(value => value.Key))
                    .Between(TimeSpan.Zero, TimeSpan.FromMilliseconds(10))
                    .Process(() => new Pairs(same, life))
        );

        IEnumerable<(int, int, long, long)> expected =
            from left in Values()
            from right in Values()
            where left.Key == right.Key && right.Time >= left.Time && right.Time <= left.Time + 10
            from twice in new[] { 1, -1 }
            select (twice * left.Id, right.Id, left.Time, right.Time);
        Assert.Equal(expected.Where(pair => Math.Abs(pair.Item1) != pair.Item2).Order(), actual.Order());
        Assert.Equal(Values().Select(value => value.Id).Order(), sides.Order());
        Assert.Equal(2 * parallelism, life.Opened);
    }

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task ShouldOpenAndCloseRichFunctions_AndKeepStateWhereKeyed(int parallelism)
    {
        RichLife life = new();
        IReadOnlyList<int> mapped = await RunAsync<int>(
            parallelism,
            stream => stream.Filter(new Odd(life)).KeyBy(value => value.Key).Map(new Nth(life)).FlatMap(() => new Twice(life))
        );

        IEnumerable<int> expected = Values()
            .Where(value => value.Id % 2 == 1)
            .GroupBy(value => value.Key)
            .SelectMany(group => Enumerable.Range(1, group.Count()).SelectMany(n => new[] { n, n }));
        Assert.Equal(expected.Order(), mapped.Order());
        Assert.Equal((3 * parallelism, 3 * parallelism), (life.Opened, life.Closed));
    }

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task ShouldWaitForAnswers_WhenAsked(int parallelism)
    {
        RichLife life = new();
        TimeSpan timeout = TimeSpan.FromSeconds(30);
        IReadOnlyList<int> answers = await RunAsync<int>(
            parallelism,
            stream =>
                AsyncDataStream.UnorderedWait(
                    stream
                        .FilterAsync(static (value, _) => Task.FromResult(value.Id % 2 == 1), timeout)
                        .MapAsync(
                            static async (value, token) =>
                            {
                                await Task.Yield();
                                return value.Id + (token.IsCancellationRequested ? 1 : 0);
                            },
                            timeout
                        )
                        .FlatMapAsync(static (id, _) => Task.FromResult<IReadOnlyCollection<int>>([id, -id]), timeout),
                    new Asking(life),
                    timeout
                )
        );

        IEnumerable<int> expected = Values().Where(value => value.Id % 2 == 1).SelectMany(value => new[] { value.Id, -value.Id });
        Assert.Equal(expected.Order(), answers.Order());
        Assert.Equal((parallelism, parallelism), (life.Opened, life.Closed));
    }

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task ShouldJoinWithTheVersionOfItsTime_WhenRightSideIsVersioned(int parallelism)
    {
        IReadOnlyList<(int, int)> actual = await RunAsync<(int, int)>(
            parallelism,
            stream =>
                stream
                    .Filter(value => value.Id % 3 > 0)
                    .KeyBy(value => value.Key)
                    .TemporalJoin(stream.Filter(value => value.Id % 3 == 0).KeyBy(value => value.Key))
                    .DeletedWhen(version => version.Id % 9 == 0)
                    .ProcessLeftOuter((left, version) => (left.Id, version.Id), left => (left.Id, -1))
        );

        // Times are not unique: of versions with one time, the last one counts.
        IEnumerable<(int Id, int)> expected =
            from left in Values().Where(value => value.Id % 3 > 0)
            let version = Values()
                .Where(value => value.Id % 3 == 0 && value.Key == left.Key && value.Time <= left.Time)
                .OrderBy(value => value.Time)
                .ThenBy(value => value.Id)
                .LastOrDefault(new V(0, 0, 0))
            select (left.Id, version.Id % 9 == 0 ? -1 : version.Id);
        Assert.Equal(expected.Order(), actual.Order());
    }

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task ShouldRollAndCount_WhenStreamIsKeyed(int parallelism)
    {
        IReadOnlyList<KeyValuePair<int, int>> sums = await RunAsync<KeyValuePair<int, int>>(
            parallelism,
            stream => stream.KeyBy(value => value.Key).Sum(_ => 1)
        );
        IReadOnlyList<int> counts = await RunAsync<int>(
            parallelism,
            stream => stream.KeyBy(value => value.Key).CountWindow(7).Apply<int>((_, _, values, output) => output.Collect(values.Count))
        );
        IReadOnlyList<V> maxima = await RunAsync<V>(parallelism, stream => stream.KeyBy(value => value.Key).MaxBy(value => value.Time));

        Assert.Equal(
            Values().GroupBy(value => value.Key).Select(group => (group.Key, group.Count())).Order(),
            sums.GroupBy(sum => sum.Key).Select(group => (group.Key, group.Max(sum => sum.Value))).Order()
        );
        Assert.Equal(Values().GroupBy(value => value.Key).Sum(group => group.Count() / 7), counts.Count);
        Assert.All(counts, count => Assert.Equal(7, count));
        Assert.Equal(Count, maxima.Count);
        Assert.Equal(Values().Max(value => value.Time), maxima.Max(value => value.Time));
    }

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task ShouldSeeTheWholeStream_WhenWindowIsOverAll(int parallelism)
    {
        IReadOnlyList<(long, int)> actual = await RunAsync<(long, int)>(
            parallelism,
            stream =>
                stream
                    .WindowAll(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
                    .Aggregate(new Counter(), (window, count) => (window.Start, count))
        );

        Assert.Equal(
            Values().GroupBy(value => value.Time / 1_000 * 1_000).Select(group => (group.Key, group.Count())).Order(),
            actual.Order()
        );
    }

    [Fact]
    public void ShouldRefuseMoreTasks_WhenWindowIsOverAll()
    {
        StreamExecutionEnvironment env = new();
        env.FromElements(1)
            .WindowAll(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)))
            .Reduce((left, right) => left + right)
            .SetParallelism(4)
            .SinkTo(new DiscardingSink<int>());

        string error = Assert.Single(Assert.Throws<JobValidationException>(() => env.GetJobGraph("all")).Errors);
        Assert.Contains("has parallelism 4 but works on the whole stream in one task", error, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Parallelisms))]
    public async Task ShouldRouteToSideOutput_WhenFunctionSaysSo(int parallelism)
    {
        OutputTag<int> odd = new("odd");
        IReadOnlyList<int> actual = await RunAsync<int>(
            parallelism,
            stream => stream.Process(new Splitting(odd)).GetSideOutput(odd).Map(value => value)
        );

        Assert.Equal(Values().Where(value => value.Id % 2 == 1).Select(value => value.Id).Order(), actual.Order());
    }

    [Fact]
    public void ShouldRefuseWhenDeclared_WhenTriggerCannotMergeSessions()
    {
        StreamExecutionEnvironment env = new();
        WindowedStream<int, int, TimeWindow> windowed = env.FromElements(1)
            .KeyBy(value => value)
            .Window(EventTimeSessionWindows.WithGap(TimeSpan.FromSeconds(1)))
            .Trigger(new Stubborn());

        Assert.Throws<NotSupportedException>(() => windowed.Reduce((left, right) => left + right));
    }

    private static IEnumerable<V> Values() => Enumerable.Range(0, Count).Select(At);

    private static V At(int id) => new(id, id % 7, (id / 70 * 1_000) + (id % 70));

    private static async Task<IReadOnlyList<T>> RunAsync<T>(int parallelism, Func<DataStream<V>, DataStream<T>> build)
    {
        CollectSink<T> sink = new();
        StreamExecutionEnvironment env = new(new ExecutionOptions { Parallelism = parallelism, BatchSize = 16 });
        DataStream<V> stream = env.FromGenerator(
            Count,
            id => At((int)id),
            watermarks: WatermarkStrategy<V>.ForMonotonousTimestamps().WithTimestampAssigner(value => value.Time)
        );
        build(stream).SinkTo(sink);
        await env.ExecuteAsync("keyed").WaitAsync(Deadline);
        return sink.Records;
    }

    public readonly record struct V(int Id, int Key, long Time);

    private sealed class Counter : IAggregateFunction<V, int, int>
    {
        public int CreateAccumulator() => 0;

        public int Add(V value, int accumulator) => accumulator + 1;

        public int GetResult(int accumulator) => accumulator;

        public int Merge(int left, int right) => left + right;
    }

    private sealed class Pairs(OutputTag<int> same, RichLife life) : ProcessJoinFunction<V, V, (int, int, long, long)>
    {
        public override void ProcessElement(V left, V right, IJoinContext context, Collector<(int, int, long, long)> output)
        {
            Assert.Equal(Math.Max(left.Time, right.Time), context.Timestamp);
            if (left.Id == right.Id)
            {
                context.Output(same, left.Id);
                return;
            }

            output.Collect((left.Id, right.Id, context.LeftTimestamp, context.RightTimestamp));
            output.Collect((-left.Id, right.Id, context.LeftTimestamp, context.RightTimestamp));
        }

        protected override void Open() => life.Open();
    }

    /// <summary>Counted by all tasks.</summary>
    private sealed class RichLife
    {
        private readonly Lock _lock = new();

        public int Opened { get; private set; }

        public int Closed { get; private set; }

        public void Open()
        {
            lock (_lock)
            {
                Opened++;
            }
        }

        public void Close()
        {
            lock (_lock)
            {
                Closed++;
            }
        }
    }

    private sealed class Odd(RichLife life) : RichFilterFunction<V>
    {
        public override bool Filter(V value) => value.Id % 2 == 1;

        protected override void Open() => life.Open();

        protected override void Close() => life.Close();
    }

    private sealed class Nth(RichLife life) : RichMapFunction<V, int>
    {
        private IReducingState<int> _count = null!;

        public override int Map(V value)
        {
            _count.Add(1);
            return _count.Get();
        }

        protected override void Open()
        {
            life.Open();
            _count = RuntimeContext.GetReducingState(new ReducingStateDescriptor<int>("n", static (left, right) => left + right));
        }

        protected override void Close() => life.Close();
    }

    private sealed class Twice(RichLife life) : RichFlatMapFunction<int, int>
    {
        public override void FlatMap(int value, Collector<int> output)
        {
            output.Collect(value);
            output.Collect(value);
        }

        protected override void Open() => life.Open();

        protected override void Close() => life.Close();
    }

    private sealed class Asking(RichLife life) : RichAsyncFunction<int, int>
    {
        public override Task<IReadOnlyCollection<int>> InvokeAsync(int value, CancellationToken cancellationToken)
        {
            Assert.InRange(RuntimeContext.TaskIndex, 0, RuntimeContext.Parallelism - 1);
            return Task.FromResult<IReadOnlyCollection<int>>([value]);
        }

        protected override void Open() => life.Open();

        protected override void Close() => life.Close();
    }

    private sealed class Splitting(OutputTag<int> odd) : ProcessFunction<V, int>
    {
        public override void ProcessElement(V value, IProcessContext context, Collector<int> output)
        {
            if (value.Id % 2 == 1)
            {
                context.Output(odd, value.Id);
            }
            else
            {
                output.Collect(value.Id);
            }
        }
    }

    private sealed class Stubborn : Trigger<int, TimeWindow>
    {
        public override TriggerResult OnElement(int value, long timestamp, TimeWindow window, ITriggerContext context) =>
            TriggerResult.Continue;

        public override TriggerResult OnEventTime(long time, TimeWindow window, ITriggerContext context) => TriggerResult.Continue;

        public override TriggerResult OnProcessingTime(long time, TimeWindow window, ITriggerContext context) => TriggerResult.Continue;

        public override void Clear(TimeWindow window, ITriggerContext context) { }
    }
}
