using Millrace.Api;
using Millrace.Connectors;
using Millrace.Graph;
using Millrace.Runtime;
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
                    .Where(value => value.Key, value => value.Key)
                    .Window(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(50)))
                    .Join((left, right) => (left.Id, right.Id))
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
