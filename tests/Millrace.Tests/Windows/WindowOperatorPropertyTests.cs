using FsCheck.Xunit;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Operators;
using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Tests.Operators;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Windows;

/// <summary>
/// Window operators against <see cref="WindowModel"/> over random out-of-order input, cut at random points by snapshot and restore into
/// another parallelism.
/// </summary>
public sealed class WindowOperatorPropertyTests
{
    private const string LateTag = "late";

    [Property(MaxTest = 150)]
    public void ShouldAgreeWithModel_WhenWindowsTumble((byte Kind, byte Key, byte Time)[] steps, byte size, byte lateness) =>
        Check(
            steps,
            TumblingEventTimeWindows.Of(Ms(1 + (size % 20)), Ms(size % 3 == 0 ? 0 : -(size % (1 + (size % 20))))),
            lateness % 3 == 0 ? 0 : lateness % 30
        );

    [Property(MaxTest = 150)]
    public void ShouldAgreeWithModel_WhenWindowsSlide((byte Kind, byte Key, byte Time)[] steps, byte size, byte slide, byte lateness) =>
        Check(steps, SlidingEventTimeWindows.Of(Ms(1 + (size % 20)), Ms(1 + (slide % 15))), lateness % 3 == 0 ? 0 : lateness % 30);

    [Property(MaxTest = 300)]
    public void ShouldAgreeWithModel_WhenSlicesAreShared((byte Kind, byte Key, byte Time)[] steps, byte slide, byte slices, byte lateness)
    {
        SlidingEventTimeWindows windows = SlidingEventTimeWindows.Of(
            Ms((1 + (slide % 9)) * (2 + (slices % 6))),
            Ms(1 + (slide % 9)),
            Ms(slide % (1 + (slide % 9)))
        );
        long allowed = lateness % 3 == 0 ? 0 : lateness % 30;
        Run(steps, ModelOf(windows, allowed), () => Sliced(windows, allowed));
    }

    [Property(MaxTest = 200)]
    public void ShouldAgreeWithModel_WhenSlicesFollowOnWindowsOfAnEarlierRun(
        (byte Kind, byte Key, byte Time)[] steps,
        byte slide,
        byte slices,
        byte lateness
    )
    {
        SlidingEventTimeWindows windows = SlidingEventTimeWindows.Of(Ms((1 + (slide % 9)) * (2 + (slices % 6))), Ms(1 + (slide % 9)));
        long allowed = lateness % 3 == 0 ? 0 : lateness % 30;
        bool isFirst = true;
        Run(
            steps,
            ModelOf(windows, allowed),
            () =>
            {
                OneInputOperator<(int Key, int Value), string> task = isFirst ? Aligned(windows, allowed) : Sliced(windows, allowed);
                isFirst = false;
                return task;
            }
        );
    }

    [Fact]
    public void ShouldFireOnce_WhenTasksOfACheckpointSawDifferentWatermarks()
    {
        SlidingEventTimeWindows windows = SlidingEventTimeWindows.Of(Ms(30), Ms(10));
        using KeyedHarness<int, (int Key, int Value), string> harness = new(() => Sliced(windows, 0), record => record.Key, parallelism: 2);
        for (int key = 0; key < 20; key++)
        {
            harness.Push((key, key), 5);
        }

        harness.Tasks[0].OnWatermark(14);
        Assert.InRange(harness.Records.Count, 1, 19);
        harness.Restart(parallelism: 1);
        harness.Restart(parallelism: 3);
        harness.Watermark(100);

        Assert.Equal(
            Enumerable
                .Range(0, 20)
                .SelectMany(
                    key => Enumerable.Range(0, 3),
                    (key, window) => WindowModel.Format(key, new TimeWindow((window * 10) - 20, (window * 10) + 10), [key])
                )
                .Order(StringComparer.Ordinal),
            harness.Values.Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void ShouldSayWhatToKeep_WhenSlicesDoNotFitTheWindows()
    {
        using KeyedHarness<int, (int Key, int Value), string> harness = new(
            () => Sliced(SlidingEventTimeWindows.Of(Ms(30), Ms(10)), 0),
            record => record.Key
        );
        harness.Push((1, 1), 5);
        MemorySnapshot snapshot = harness.Snapshot();

        StateMigrationException other = Assert.Throws<StateMigrationException>(() =>
            Open(Sliced(SlidingEventTimeWindows.Of(Ms(40), Ms(10)), 0), snapshot)
        );
        StateMigrationException none = Assert.Throws<StateMigrationException>(() =>
            Open(Aligned(SlidingEventTimeWindows.Of(Ms(30), Ms(10)), 0), snapshot)
        );

        Assert.Contains("30 ms every 10 ms", other.Message, StringComparison.Ordinal);
        Assert.Contains("IsCommutative", none.Message, StringComparison.Ordinal);
    }

    [Property(MaxTest = 300)]
    public void ShouldAgreeWithModel_WhenWindowsAreSessions((byte Kind, byte Key, byte Time)[] steps, byte gap, byte lateness)
    {
        long length = 1 + (gap % 12);
        long allowed = lateness % 3 == 0 ? 0 : lateness % 30;
        Run(
            steps,
            new WindowModel(timestamp => [new TimeWindow(timestamp, timestamp + length)], merges: true, allowed),
            () => General(EventTimeSessionWindows.WithGap(Ms(length)), allowed)
        );
        Run(
            steps,
            new WindowModel(timestamp => [new TimeWindow(timestamp, timestamp + length)], merges: true, allowed),
            () => General(EventTimeSessionWindows.WithDynamicGap<(int Key, int Value)>(_ => Ms(length)), allowed)
        );
    }

    private static void Check((byte Kind, byte Key, byte Time)[] steps, AlignedTimeWindows windows, long lateness)
    {
        Run(steps, ModelOf(windows, lateness), () => General(windows, lateness));
        Run(steps, ModelOf(windows, lateness), () => Aligned(windows, lateness));
    }

    private static WindowModel ModelOf(AlignedTimeWindows windows, long lateness)
    {
        IEnumerable<TimeWindow> Assign(long timestamp) =>
            from n in Enumerable.Range(-400, 1200)
            let start = (n * windows.Slide) + windows.Offset
            where start <= timestamp && timestamp < start + windows.Size
            select new TimeWindow(start, start + windows.Size);

        return new WindowModel(Assign, merges: false, lateness);
    }

    private static void Open(OneInputOperator<(int Key, int Value), string> task, MemorySnapshot snapshot)
    {
        using (task)
        {
            task.Setup(
                new OperatorContext(
                    "job",
                    "op",
                    "op",
                    0,
                    1,
                    16,
                    8,
                    TimeProvider.System,
                    new ManualTime(),
                    NullLoggerFactory.Instance,
                    CancellationToken.None
                )
            );
            task.Open(snapshot.ReaderOf(new KeyGroupRange(0, 16)));
        }
    }

    private static WholeWindowOperator<int, (int Key, int Value), List<int>, List<int>, string> Aligned(
        AlignedTimeWindows windows,
        long lateness
    ) =>
        new(
            new AlignedWindowSpec<int, (int Key, int Value), List<int>, List<int>, string>(
                windows,
                new CollectAggregate(),
                new SelectingWindowFunction<int, TimeWindow, List<int>, string>(
                    (key, window, values) => WindowModel.Format(key, window, values)
                ),
                Ms(lateness),
                LateTag,
                KeyHashers.For<int>(),
                TypeSerializers.For<int>(),
                TypeSerializers.For<List<int>>()
            )
        );

    private static SlicedWindowOperator<int, (int Key, int Value), List<int>, List<int>, string> Sliced(
        AlignedTimeWindows windows,
        long lateness
    ) =>
        new(
            new AlignedWindowSpec<int, (int Key, int Value), List<int>, List<int>, string>(
                windows,
                new CollectAggregate(isCommutative: true),
                new SelectingWindowFunction<int, TimeWindow, List<int>, string>(
                    (key, window, values) => WindowModel.Format(key, window, values)
                ),
                Ms(lateness),
                LateTag,
                KeyHashers.For<int>(),
                TypeSerializers.For<int>(),
                TypeSerializers.For<List<int>>()
            )
        );

    private static WindowOperator<int, (int Key, int Value), List<int>, List<int>, string, TimeWindow> General(
        WindowAssigner<TimeWindow> assigner,
        long lateness
    ) =>
        new(
            new WindowOperatorSpec<int, (int Key, int Value), List<int>, List<int>, string, TimeWindow>(
                assigner.Bind<(int Key, int Value)>(),
                assigner.DefaultTrigger.Bind<(int Key, int Value), TimeWindow>(),
                new AggregateContents<(int Key, int Value), List<int>, List<int>, TimeWindow>(new CollectAggregate()),
                () =>
                    new SelectingWindowFunction<int, TimeWindow, List<int>, string>(
                        (key, window, values) => WindowModel.Format(key, window, values)
                    ),
                lateness,
                LateTag,
                KeyHashers.For<int>(),
                TypeSerializers.For<int>(),
                TypeSerializers.For<List<int>>()
            )
        );

    private static void Run(
        (byte Kind, byte Key, byte Time)[] steps,
        WindowModel model,
        Func<OneInputOperator<(int Key, int Value), string>> factory
    )
    {
        List<((int Key, int Value) Value, long Timestamp)> late = [];
        using KeyedHarness<int, (int Key, int Value), string> harness = new(
            factory,
            record => record.Key,
            parallelism: 1,
            task => task.SideOutputs.Add(LateTag, new OperatorOutput<(int Key, int Value)>(new Captured<(int Key, int Value)>(late), 8))
        );
        long watermark = 0;
        for (int i = 0; i < steps.Length; i++)
        {
            (byte kind, byte key, byte time) = steps[i];
            switch (kind % 8)
            {
                case 6:
                    watermark += time % 25;
                    model.Watermark(watermark);
                    harness.Watermark(watermark);
                    break;
                case 7:
                    harness.Restart(1 + (time % 4));
                    break;
                default:
                    model.Push(key % 5, i, time % 120);
                    harness.Push((key % 5, i), time % 120);
                    break;
            }

            Assert.Equal(model.Results.Order(StringComparer.Ordinal), harness.Values.Order(StringComparer.Ordinal));
        }

        model.Watermark(long.MaxValue - 1000);
        harness.Watermark(long.MaxValue - 1000);
        Assert.Equal(model.Results.Order(StringComparer.Ordinal), harness.Values.Order(StringComparer.Ordinal));
        Assert.Equal(model.Late.Order(), late.Select(record => record.Value.Value).Order());
        Assert.Equal(0, harness.Tasks.Sum(task => task.OpenWindows));
    }

    private static TimeSpan Ms(long milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
