using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Operators;
using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Windows;

public sealed class AlignedWindowOperatorTests
{
    private const int MaxParallelism = 8;

    [Fact]
    public void ShouldFireInOrderOfTime_WhenWatermarkPasses()
    {
        Task task = new(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(10)), lateness: 0, index: 0, parallelism: 1, restored: null);
        task.Push((5, 1), (15, 1), (7, 2), (25, 1));
        task.Watermark(9);
        Assert.Equal([new Result(1, 0, 1), new Result(2, 0, 1)], task.Results);
        task.Watermark(24);
        Assert.Equal(new Result(1, 10, 1), task.Results[^1]);
        Assert.Equal(3, task.Results.Count);
        task.Watermark(long.MaxValue);
        Assert.Equal(new Result(1, 20, 1), task.Results[^1]);
        Assert.Equal(0, task.Operator.OpenWindows);
    }

    [Fact]
    public void ShouldDropRecord_WhenWindowIsPastAllowedLateness()
    {
        Task task = new(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(10)), lateness: 5, index: 0, parallelism: 1, restored: null);
        task.Push((5, 1));
        task.Watermark(13);
        task.Push((6, 1));
        task.Watermark(14);
        task.Push((7, 1));

        Assert.Equal([new Result(1, 0, 1), new Result(1, 0, 2)], task.Results);
        Assert.Equal(1, task.Operator.LateRecordsDropped);
    }

    [Fact]
    public void ShouldNameRemedy_WhenRecordHasNoTimestamp()
    {
        Task task = new(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(10)), lateness: 0, index: 0, parallelism: 1, restored: null);
        InvalidOperationException error = Assert.ThrowsAny<InvalidOperationException>(() => task.Push((RecordBatch.NoTimestamp, 1)));
        Assert.Contains("WithTimestampAssigner", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldAlignBeforeEpochAndByOffset_WhenTimestampsAreNegative()
    {
        Assert.Equal(-10, TimeWindow.StartOf(-1, 0, 10));
        Assert.Equal(-10, TimeWindow.StartOf(-10, 0, 10));
        Assert.Equal(-7, TimeWindow.StartOf(0, 3, 10));
        Assert.Equal(3, TimeWindow.StartOf(12, 3, 10));
        Assert.Throws<ArgumentOutOfRangeException>(() => TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
    }

    /// <summary>
    /// Any windows, any out-of-order input, cut anywhere by snapshots into any parallelism: the results are those of a naive model.
    /// </summary>
    [Property(MaxTest = 200)]
    public Property ShouldEqualNaiveModel_WhenCutAnywhere() =>
        Prop.ForAll(
            Scenarios().ToArbitrary(),
            scenario =>
            {
                AlignedTimeWindows windows =
                    scenario.Slide == scenario.Size
                        ? TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(scenario.Size), TimeSpan.FromMilliseconds(scenario.Offset))
                        : SlidingEventTimeWindows.Of(
                            TimeSpan.FromMilliseconds(scenario.Size),
                            TimeSpan.FromMilliseconds(scenario.Slide),
                            TimeSpan.FromMilliseconds(scenario.Offset)
                        );
                List<Result> actual = [];
                List<Result> expected = [];
                Dictionary<(long Key, long Start), long> model = [];
                HashSet<long> fired = [];
                long watermark = long.MinValue;
                Task[] tasks = [new(windows, scenario.Lateness, 0, 1, null)];
                foreach (Step step in scenario.Steps)
                {
                    if (step.Cut > 0)
                    {
                        tasks = Rescale(tasks, windows, scenario.Lateness, step.Cut, watermark, actual);
                    }

                    foreach ((long timestamp, long key) in step.Records)
                    {
                        uint hash = KeyHashers.For<long>().Hash(key);
                        tasks[KeyGroups.TaskOf(KeyGroups.KeyGroupOf(hash, MaxParallelism), MaxParallelism, tasks.Length)]
                            .Push((timestamp, key));
                        ModelAdd(scenario, model, fired, expected, watermark, timestamp, key);
                    }

                    if (step.Watermark > watermark)
                    {
                        watermark = step.Watermark;
                        Array.ForEach(tasks, task => task.Watermark(watermark));
                        ModelFire(scenario, model, fired, expected, watermark);
                    }
                }

                Array.ForEach(tasks, task => actual.AddRange(task.Results));
                return Sorted(actual)
                    .SequenceEqual(Sorted(expected))
                    .Label($"expected {string.Join(' ', Sorted(expected))} actual {string.Join(' ', Sorted(actual))}");
            }
        );

    /// <summary>A checkpoint may hold tasks that have not seen the same watermark, where each is told of time by itself.</summary>
    [Fact]
    public void ShouldFireOncePerKey_WhenRestoredFromTasksWithDifferentWatermarks()
    {
        TumblingEventTimeWindows windows = TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(10));
        long[] keys = [.. Enumerable.Range(0, 20)];
        Task[] tasks = [new(windows, lateness: 50, 0, 2, null), new(windows, lateness: 50, 1, 2, null)];
        foreach (long key in keys)
        {
            tasks[KeyGroups.TaskOf(KeyGroups.KeyGroupOf(KeyHashers.For<long>().Hash(key), MaxParallelism), MaxParallelism, 2)]
                .Push((5, key));
        }

        tasks[0].Watermark(20);
        List<Result> results = [];
        Task only = Rescale(tasks, windows, lateness: 50, parallelism: 1, watermark: 0, results)[0];
        int before = results.Count;
        only = Rescale([only], windows, lateness: 50, parallelism: 1, watermark: 0, results)[0];
        only.Watermark(20);
        results.AddRange(only.Results);

        Assert.InRange(before, 1, keys.Length - 1);
        Assert.Equal(keys.Select(key => new Result(key, 0, 1)), Sorted(results));
    }

    private static IEnumerable<Result> Sorted(List<Result> results) => results.OrderBy(result => (result.Start, result.Key, result.Count));

    private static Gen<Scenario> Scenarios() =>
        from size in Gen.Choose(1, 20)
        from tumbling in Gen.Elements(true, false)
        from slide in Gen.Choose(1, 25)
        from lateness in Gen.Elements(0, 0, 3, 15)
        let step = tumbling ? size : slide
        from offset in Gen.Choose(0, step - 1)
        from steps in Steps().ListOf()
        select new Scenario(size, step, offset, lateness, [.. steps]);

    private static Gen<Step> Steps() =>
        from records in (from timestamp in Gen.Choose(-20, 60) from key in Gen.Choose(0, 5) select ((long)timestamp, (long)key)).ListOf()
        from watermark in Gen.Choose(-20, 70)
        from cut in Gen.Elements(0, 0, 1, 2, 3)
        select new Step([.. records], watermark, cut);

    private static void ModelAdd(
        Scenario scenario,
        Dictionary<(long Key, long Start), long> model,
        HashSet<long> fired,
        List<Result> expected,
        long watermark,
        long timestamp,
        long key
    )
    {
        for (long start = -200; start <= 200; start++)
        {
            bool isStart = (((start - scenario.Offset) % scenario.Slide) + scenario.Slide) % scenario.Slide == 0;
            long max = start + scenario.Size - 1;
            if (isStart && start <= timestamp && timestamp <= max && max + scenario.Lateness > watermark)
            {
                long count = model[(key, start)] = model.GetValueOrDefault((key, start)) + 1;
                if (max <= watermark)
                {
                    fired.Add(start);
                    expected.Add(new Result(key, start, count));
                }
            }
        }
    }

    private static void ModelFire(
        Scenario scenario,
        Dictionary<(long Key, long Start), long> model,
        HashSet<long> fired,
        List<Result> expected,
        long watermark
    )
    {
        long[] due = [.. model.Keys.Select(window => window.Start).Distinct().Where(start => start + scenario.Size - 1 <= watermark)];
        foreach (long start in due)
        {
            if (fired.Add(start))
            {
                expected.AddRange(
                    model.Where(window => window.Key.Start == start).Select(window => new Result(window.Key.Key, start, window.Value))
                );
            }
        }

        foreach (
            (long Key, long Start) window in model
                .Keys.Where(window => window.Start + scenario.Size - 1 + scenario.Lateness <= watermark)
                .ToArray()
        )
        {
            model.Remove(window);
        }
    }

    private static Task[] Rescale(
        Task[] tasks,
        AlignedTimeWindows windows,
        int lateness,
        int parallelism,
        long watermark,
        List<Result> results
    )
    {
        List<TaskSnapshotReader> parts = [];
        foreach (Task task in tasks)
        {
            results.AddRange(task.Results);
            parts.Add(new TaskSnapshotReader(task.Snapshot(), "part"));
        }

        return
        [
            .. Enumerable
                .Range(0, parallelism)
                .Select(index =>
                {
                    Task task = new(
                        windows,
                        lateness,
                        index,
                        parallelism,
                        MergedSnapshotReader.Create(parts, "window", KeyGroups.RangeOf(index, MaxParallelism, parallelism))
                    );
                    if (watermark > long.MinValue)
                    {
                        task.Watermark(watermark);
                    }

                    return task;
                }),
        ];
    }

    public sealed record Scenario(int Size, int Slide, int Offset, int Lateness, Step[] Steps);

    public sealed record Step((long Timestamp, long Key)[] Records, long Watermark, int Cut);

    public readonly record struct Result(long Key, long Start, long Count);

    private sealed class Count : IAggregateFunction<long, long, long>
    {
        public long CreateAccumulator() => 0;

        public long Add(long value, long accumulator) => accumulator + 1;

        public long GetResult(long accumulator) => accumulator;

        public long Merge(long left, long right) => left + right;
    }

    private sealed class Task : IInput<Result>
    {
        private readonly IKeyHasher<long> _hasher = KeyHashers.For<long>();

        public Task(AlignedTimeWindows windows, int lateness, int index, int parallelism, ISnapshotReader? restored)
        {
            Operator = new WholeWindowOperator<long, long, long, long, Result>(
                new AlignedWindowSpec<long, long, long, long, Result>(
                    windows,
                    new Count(),
                    new SelectingWindowFunction<long, TimeWindow, long, Result>(
                        (key, window, count) => new Result(key, window.Start, count)
                    ),
                    TimeSpan.FromMilliseconds(lateness),
                    LateTag: null,
                    _hasher,
                    TypeSerializers.For<long>(),
                    TypeSerializers.For<long>()
                )
            )
            {
                Output = new OperatorOutput<Result>(this, 4),
            };
            Operator.Setup(
                new OperatorContext(
                    "job",
                    "window",
                    "window",
                    index,
                    parallelism,
                    MaxParallelism,
                    4,
                    TimeProvider.System,
                    NoTimers.Instance,
                    NullLoggerFactory.Instance,
                    default
                )
            );
            Operator.Open(restored);
        }

        public WholeWindowOperator<long, long, long, long, Result> Operator { get; }

        public List<Result> Results { get; } = [];

        public void Push(params (long Timestamp, long Key)[] records)
        {
            KeyedBatch<long, long> batch = new(Math.Max(1, records.Length));
            foreach ((long timestamp, long key) in records)
            {
                batch.Add(key, _hasher.Hash(key), key, timestamp);
            }

            Operator.OnBatch(batch);
        }

        public void Watermark(long watermark) => Operator.OnWatermark(watermark);

        public byte[] Snapshot()
        {
            using TaskSnapshotWriter writer = new();
            Operator.Snapshot(1, writer.Operator("window"));
            using TaskSnapshot snapshot = writer.Complete();
            return System.Buffers.BuffersExtensions.ToArray(snapshot.Content);
        }

        public void OnBatch(RecordBatch<Result> batch) => Results.AddRange(batch.Values);

        void IInput<Result>.OnWatermark(long watermark)
        {
            // Only results matter here.
        }

        public void OnIdle(bool idle)
        {
            // Only results matter here.
        }

        public void Flush()
        {
            // Results are taken at once.
        }
    }

    private sealed class NoTimers : IProcessingTimeService
    {
        public static NoTimers Instance { get; } = new();

        public long Now => 0;

        public void Execute(Action action) => throw new NotSupportedException("Aligned windows post nothing.");

        public void Register(long timestamp, IProcessingTimeCallback callback) =>
            throw new NotSupportedException("Aligned windows need no timers.");
    }
}
