using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Tests.Operators;
using Millrace.UserFunctions;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Windows;

public sealed class TriggersAndEvictorsTests
{
    public static TheoryData<bool> Restarts => [false, true];

    [Theory]
    [MemberData(nameof(Restarts))]
    public void ShouldFireEveryNRecordsAndForget_WhenCountWindowTumbles(bool restart)
    {
        using KeyedHarness<int, (int Key, int Value), string> harness = Harness(
            GlobalWindows.Create(),
            PurgingTrigger.Of(CountTrigger.Of(3))
        );
        for (int i = 1; i <= 7; i++)
        {
            harness.Push((0, i), i);
            Cut(harness, restart, i);
        }

        Assert.Equal(["1,2,3", "4,5,6"], harness.Values);
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void ShouldSeeLastRecordsEverySlide_WhenCountWindowSlides(bool restart)
    {
        using KeyedHarness<int, (int Key, int Value), string> harness = Harness(
            GlobalWindows.Create(),
            CountTrigger.Of(2),
            CountEvictor.Of(3)
        );
        for (int i = 1; i <= 6; i++)
        {
            harness.Push((0, i), i);
            Cut(harness, restart, i);
        }

        Assert.Equal(["1,2", "2,3,4", "4,5,6"], harness.Values);
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void ShouldFireAgainAndAgainAndAtTheEnd_WhenTriggerIsContinuous(bool restart)
    {
        using KeyedHarness<int, (int Key, int Value), string> harness = Harness(
            TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(100)),
            ContinuousEventTimeTrigger.Of(TimeSpan.FromMilliseconds(30))
        );
        harness.Push((0, 1), 5);
        Cut(harness, restart, 1);
        harness.Watermark(31);
        harness.Push((0, 2), 40);
        Cut(harness, restart, 2);
        harness.Watermark(60);
        harness.Watermark(99);
        harness.Watermark(500);

        Assert.Equal(["1", "1,2", "1,2", "1,2"], harness.Values);
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void ShouldFireByTheClock_WhenWindowsAreInProcessingTime(bool restart)
    {
        using KeyedHarness<int, (int Key, int Value), string> harness = Harness(
            TumblingProcessingTimeWindows.Of(TimeSpan.FromMilliseconds(100)),
            null
        );
        harness.AdvanceTime(1_020);
        harness.Push((0, 1), long.MinValue);
        Cut(harness, restart, 2);
        harness.Push((0, 2), long.MinValue);
        harness.AdvanceTime(1_098);
        Assert.Empty(harness.Values);

        harness.AdvanceTime(1_099);
        harness.Push((0, 3), long.MinValue);
        harness.AdvanceTime(1_300);

        Assert.Equal([("1,2", 1_099L), ("3", 1_099L)], harness.Records);
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void ShouldMergeByTheClock_WhenSessionsAreInProcessingTime(bool restart)
    {
        using KeyedHarness<int, (int Key, int Value), string> harness = Harness(
            ProcessingTimeSessionWindows.WithGap(TimeSpan.FromMilliseconds(50)),
            null
        );
        harness.AdvanceTime(1_000);
        harness.Push((0, 1), 0);
        harness.AdvanceTime(1_040);
        Cut(harness, restart, 3);
        harness.Push((0, 2), 0);
        harness.AdvanceTime(1_089);

        Assert.Equal(["1,2"], harness.Values);
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void ShouldMergeCounts_WhenSessionsMergeUnderACountTrigger(bool restart)
    {
        using KeyedHarness<int, (int Key, int Value), string> harness = Harness(
            EventTimeSessionWindows.WithGap(TimeSpan.FromMilliseconds(10)),
            CountTrigger.Of(3)
        );
        harness.Push((0, 1), 0);
        Cut(harness, restart, 3);
        harness.Push((0, 2), 18);
        Cut(harness, restart, 2);
        Assert.Empty(harness.Values);

        harness.Push((0, 3), 9);

        Assert.Equal(["1,2,3"], harness.Values);
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void ShouldDropByTimeAndDistance_WhenEvictorsSaySo(bool restart)
    {
        using KeyedHarness<int, (int Key, int Value), string> byTime = Harness(
            GlobalWindows.Create(),
            CountTrigger.Of(3),
            TimeEvictor.Of(TimeSpan.FromMilliseconds(10))
        );
        byTime.PushAll(((0, 1), 100), ((0, 2), 90));
        Cut(byTime, restart, 2);
        byTime.Push((0, 3), 95);
        using KeyedHarness<int, (int Key, int Value), string> byDelta = Harness(
            GlobalWindows.Create(),
            CountTrigger.Of(3),
            DeltaEvictor.Of<(int Key, int Value)>(5, (value, last) => Math.Abs(value.Value - last.Value))
        );
        byDelta.PushAll(((0, 1), 0), ((0, 20), 0));
        Cut(byDelta, restart, 3);
        byDelta.Push((0, 22), 0);

        Assert.Equal(["1,3"], byTime.Values);
        Assert.Equal(["20,22"], byDelta.Values);
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void ShouldKeepStatePerWindowAndPerKey_WhenFunctionAsksForIt(bool restart)
    {
        using KeyedHarness<int, (int Key, int Value), string> harness = Harness(
            TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(10)),
            null,
            function: () => new ListWindowFunction<int, TimeWindow, (int Key, int Value), string>(new Counting()),
            lateness: 100
        );
        harness.Push((0, 1), 1);
        harness.Watermark(9);
        Cut(harness, restart, 2);
        harness.Push((0, 2), 2);
        harness.Push((0, 3), 11);
        harness.Watermark(30);
        Cut(harness, restart, 3);
        harness.Watermark(500);

        Assert.Equal(["[0, 10) window 1 key 1: 1", "[0, 10) window 2 key 2: 1,2", "[10, 20) window 1 key 3: 3"], harness.Values);
        Assert.DoesNotContain(harness.Snapshot().Keyed, section => section.Name.StartsWith("window", StringComparison.Ordinal));
    }

    private static KeyedHarness<int, (int Key, int Value), string> Harness<TWindow>(
        WindowAssigner<TWindow> assigner,
        Trigger? trigger,
        Evictor? evictor = null,
        Func<WindowFunction<int, TWindow, IReadOnlyList<(int Key, int Value)>, string>>? function = null,
        long lateness = 0
    )
        where TWindow : struct, IWindow
    {
        function ??= () =>
            new SelectingWindowFunction<int, TWindow, IReadOnlyList<(int Key, int Value)>, string>(
                (_, _, values) => string.Join(",", values.Select(value => value.Value).Order())
            );
        ListAggregate<(int Key, int Value)> list = new();
        return evictor is null
            ? New(
                new AggregateContents<(int Key, int Value), List<(int Key, int Value)>, IReadOnlyList<(int Key, int Value)>, TWindow>(list)
            )
            : New(
                new EvictingContents<(int Key, int Value), List<(int Key, int Value)>, IReadOnlyList<(int Key, int Value)>, TWindow>(
                    list,
                    evictor.Bind<(int Key, int Value), TWindow>()
                )
            );

        KeyedHarness<int, (int Key, int Value), string> New<TContents>(
            WindowContents<(int Key, int Value), TContents, IReadOnlyList<(int Key, int Value)>, TWindow> contents
        )
        {
            WindowOperatorSpec<int, (int Key, int Value), TContents, IReadOnlyList<(int Key, int Value)>, string, TWindow> spec = new(
                assigner.Bind<(int Key, int Value)>(),
                (trigger ?? assigner.DefaultTrigger).Bind<(int Key, int Value), TWindow>(),
                contents,
                function,
                lateness,
                null,
                KeyHashers.For<int>(),
                TypeSerializers.For<int>(),
                TypeSerializers.For<TContents>()
            );
            return new(
                () => new WindowOperator<int, (int Key, int Value), TContents, IReadOnlyList<(int Key, int Value)>, string, TWindow>(spec),
                record => record.Key
            );
        }
    }

    private static void Cut(KeyedHarness<int, (int Key, int Value), string> harness, bool restart, int parallelism)
    {
        if (restart)
        {
            harness.Restart(parallelism);
        }
    }

    private sealed class Counting : ProcessWindowFunction<(int Key, int Value), string, int, TimeWindow>
    {
        private readonly ReducingStateDescriptor<int> _fired = new("fired", (left, right) => left + right);

        public override void Process(
            int key,
            IProcessWindowContext<TimeWindow> context,
            IReadOnlyList<(int Key, int Value)> elements,
            Collector<string> output
        )
        {
            context.WindowState.GetReducingState(_fired).Add(1);
            context.GlobalState.GetReducingState(_fired).Add(1);
            output.Collect(
                $"{context.Window} window {context.WindowState.GetReducingState(_fired).Get()} key "
                    + $"{context.GlobalState.GetReducingState(_fired).Get()}: "
                    + $"{string.Join(",", elements.Select(element => element.Value).Order())}"
            );
        }

        public override void Clear(IProcessWindowContext<TimeWindow> context) => context.WindowState.GetReducingState(_fired).Clear();
    }
}
