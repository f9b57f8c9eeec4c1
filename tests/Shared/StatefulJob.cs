using System.Globalization;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Runtime;
using Millrace.State;
using Millrace.Time;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Tests.Shared;

/// <summary>How a visit went.</summary>
public enum Rating
{
    Poor,
    Good,
}

/// <summary>What is kept of the last number of a key.</summary>
public sealed record Visit(long Number, decimal Amount, DateTimeOffset At, Rating Rating, int? Odd, IReadOnlyList<string> Tags)
{
    public static Visit Of(long number) =>
        new(
            number,
            number / 4m,
            DateTimeOffset.FromUnixTimeMilliseconds(number),
            number % 3 == 0 ? Rating.Poor : Rating.Good,
            number % 2 == 0 ? null : (int)number,
            [$"tag {number % 5}"]
        );
}

/// <summary>Number and sum of what was added.</summary>
public readonly record struct Tally(long Count, long Total);

/// <summary>
/// Number n is an event of key n mod 3,000 at n ms. Every kind of state is kept per key, a timer, windows of two kinds; each of them is
/// known from how many numbers there were.
/// </summary>
public static class StatefulJob
{
    public const string Name = "stateful";
    public const int Keys = 3_000;
    public const int Cities = 7;
    public const long TimerAt = 1L << 50;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static ValueStateDescriptor<long> Count { get; } = new("count");

    public static ValueStateDescriptor<Visit> Last { get; } = new("last");

    public static ListStateDescriptor<long> Recent { get; } = new("recent");

    public static MapStateDescriptor<string, long> ByRest { get; } = new("by rest");

    public static ReducingStateDescriptor<long> Sum { get; } = new("sum", static (left, right) => left + right);

    public static AggregatingStateDescriptor<long, Tally, double> Mean { get; } =
        new(
            "mean",
            static () => default,
            static (number, tally) => new Tally(tally.Count + 1, tally.Total + number),
            static tally => (double)tally.Total / tally.Count
        );

    /// <summary>Never expires while a test runs.</summary>
    public static ValueStateDescriptor<long> Seen { get; } = Expiring();

    public static long CountOf(long key, long numbers) => (numbers / Keys) + (key < numbers % Keys ? 1 : 0);

    public static long LastOf(long key, long numbers) => key + ((CountOf(key, numbers) - 1) * Keys);

    /// <summary>All numbers of a key.</summary>
    public static IEnumerable<long> NumbersOf(long key, long numbers) =>
        Enumerable.Range(0, (int)CountOf(key, numbers)).Select(i => key + ((long)i * Keys));

    public static string RestOf(long number) => (number / Keys % 3).ToString(CultureInfo.InvariantCulture);

    public static string CityOf(long number) => $"city {number % Cities}";

    /// <summary>What the job has emitted for a key and its count.</summary>
    public static long Result(long key, long count) => (key * 1_000_000) + count;

    /// <param name="store">Where checkpoints go.</param>
    /// <param name="sink">Takes counts.</param>
    /// <param name="records">Number of records.</param>
    /// <param name="rate">Records per second.</param>
    /// <param name="parallelism">Of the operators with state.</param>
    /// <param name="uid">Of the operator that counts.</param>
    /// <param name="restoreFrom">Where to begin.</param>
    public static JobClient Start(
        IObjectStore store,
        ISink<long> sink,
        long records,
        double? rate = null,
        int parallelism = 2,
        string uid = "count",
        string? restoreFrom = null
    )
    {
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                BatchSize = 64,
                CheckpointInterval = TimeSpan.FromMilliseconds(4),
                AutoWatermarkInterval = TimeSpan.FromMilliseconds(1),
                RestoreFrom = restoreFrom,
                RetainedCheckpoints = 100,
                RestartStrategy = RestartStrategy.None,
            }
        )
        {
            CheckpointStore = store,
        };
        SingleOutputStreamOperator<long> numbers = env.FromSource(
                new GeneratorSource<long>(records, static n => n) { RecordsPerSecond = rate },
                WatermarkStrategy<long>.ForMonotonousTimestamps().WithTimestampAssigner(static n => n),
                "numbers"
            )
            .WithUid("numbers");
        numbers
            .KeyBy(static n => n % Keys)
            .Process(static () => new Counting())
            .WithUid(uid)
            .SetParallelism(parallelism)
            .SinkTo(sink)
            .WithUid("results");
        numbers
            .KeyBy(CityOf)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromDays(1)))
            .Aggregate(new Tallies())
            .WithUid("daily")
            .SetParallelism(parallelism)
            .SinkTo(new DiscardingSink<Tally>())
            .WithUid("days");
        numbers
            .KeyBy(CityOf)
            .Window(EventTimeSessionWindows.WithGap(TimeSpan.FromDays(1)))
            .Aggregate(new Tallies())
            .WithUid("sessions")
            .SinkTo(new DiscardingSink<Tally>())
            .WithUid("ends");
        return env.ExecuteDetached(Name);
    }

    /// <summary>Runs the job until a checkpoint builds on parts of earlier ones, and cancels it.</summary>
    /// <returns>That checkpoint's folder.</returns>
    public static async Task<string> RunToIncrementalCheckpointAsync(IObjectStore store)
    {
        // Few keys change from one checkpoint to the next, as soon as all are there.
        CollectSink<long> sink = new();
        await using JobClient client = Start(store, sink, long.MaxValue, rate: 6_000);
        using CancellationTokenSource deadline = new(Deadline);
        string? found = null;
        for (long looked = 0; found is null; )
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
            long last = client.GetMetrics().LastCheckpointId;
            if (last > looked && sink.Records.Count > Keys + (Keys / 2))
            {
                looked = last;
                found = await FindIncrementalAsync(store, deadline.Token);
            }
        }

        await client.CancelAsync();
        return found;
    }

    /// <summary>Runs the job until it has completed some checkpoints, and stops it with a savepoint.</summary>
    public static async Task<string> StopWithSavepointAsync(
        IObjectStore store,
        ISink<long> sink,
        long records = long.MaxValue,
        string? name = null
    )
    {
        await using JobClient client = Start(store, sink, records, rate: 20_000);
        await UntilAsync(client, checkpoints: 10);
        return await client.StopWithSavepointAsync(name).WaitAsync(Deadline);
    }

    /// <summary>Runs the job from a savepoint to the end of its numbers.</summary>
    public static async Task FinishAsync(IObjectStore store, ISink<long> sink, long records, string savepoint, int parallelism, string uid)
    {
        await using JobClient client = Start(store, sink, records, null, parallelism, uid, savepoint);
        await client.Completion.WaitAsync(Deadline);
    }

    private static async Task<string?> FindIncrementalAsync(IObjectStore store, CancellationToken cancellationToken)
    {
        const string Manifest = "/manifest.json";
        string? found = null;
        await foreach (string name in store.ListAsync($"jobs/{Name}/checkpoints/", cancellationToken))
        {
            if (
                name.EndsWith(Manifest, StringComparison.Ordinal)
                && await store.GetAsync(name, cancellationToken) is { } stored
                && stored.Content.Span.IndexOf("\"folder\":"u8) >= 0
            )
            {
                found = name[..^Manifest.Length];
            }
        }

        return found;
    }

    private static async Task UntilAsync(JobClient client, int checkpoints)
    {
        using CancellationTokenSource deadline = new(Deadline);
        while (client.GetMetrics().LastCheckpointId < checkpoints)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, deadline.Token);
        }
    }

    private static ValueStateDescriptor<long> Expiring()
    {
        ValueStateDescriptor<long> descriptor = new("seen");
        descriptor.EnableTimeToLive(new StateTtlConfig(TimeSpan.FromDays(100)));
        return descriptor;
    }

    private sealed class Counting : KeyedProcessFunction<long, long, long>
    {
        private IValueState<long> _count = null!;
        private IValueState<Visit> _last = null!;
        private IListState<long> _recent = null!;
        private IMapState<string, long> _byRest = null!;
        private IReducingState<long> _sum = null!;
        private IAggregatingState<long, double> _mean = null!;
        private IValueState<long> _seen = null!;

        public override void ProcessElement(long value, IKeyedProcessContext<long> context, Collector<long> output)
        {
            _count.Update(_count.Value + 1);
            _last.Update(Visit.Of(value));
            _recent.Update(_recent.Get().TakeLast(1).Append(value).ToArray());
            _byRest.TryGetValue(RestOf(value), out long before);
            _byRest.Put(RestOf(value), before + 1);
            _sum.Add(value);
            _mean.Add(value);
            _seen.Update(value);
            context.TimerService.RegisterEventTimeTimer(TimerAt);
            output.Collect(Result(context.CurrentKey, _count.Value));
        }

        public override void OnTimer(long timestamp, IOnTimerContext<long> context, Collector<long> output)
        {
            // At the end of input.
        }

        protected override void Open()
        {
            _count = RuntimeContext.GetState(Count);
            _last = RuntimeContext.GetState(Last);
            _recent = RuntimeContext.GetListState(Recent);
            _byRest = RuntimeContext.GetMapState(ByRest);
            _sum = RuntimeContext.GetReducingState(Sum);
            _mean = RuntimeContext.GetAggregatingState(Mean);
            _seen = RuntimeContext.GetState(Seen);
        }
    }

    private sealed class Tallies : IAggregateFunction<long, Tally, Tally>
    {
        public Tally CreateAccumulator() => default;

        public Tally Add(long value, Tally accumulator) => new(accumulator.Count + 1, accumulator.Total + value);

        public Tally GetResult(Tally accumulator) => accumulator;

        public Tally Merge(Tally left, Tally right) => new(left.Count + right.Count, left.Total + right.Total);
    }
}
