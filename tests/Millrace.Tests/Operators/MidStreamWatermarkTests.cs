using Millrace.Testing;
using Millrace.Time;
using Millrace.UserFunctions;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Operators;

/// <summary>
/// Watermarks that are assigned behind a shuffle. The assigner keeps no state, as in Flink; these tests say what that means.
/// </summary>
public sealed class MidStreamWatermarkTests
{
    private static readonly WatermarkStrategy<long> Ascending = WatermarkStrategy<long>
        .ForMonotonousTimestamps()
        .WithTimestampAssigner(value => value);

    [Fact]
    public void ShouldDropTheSameRecords_WhenWindowsBehindAShuffleAreRestored()
    {
        OutputTag<long> late = new("late");
        using OperatorHarness<long, long> harness = OperatorHarness
            .For<long, long>(stream =>
                stream
                    .Rebalance()
                    .AssignTimestampsAndWatermarks(Ascending)
                    .KeyBy(value => value % 1)
                    .Window(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(10)))
                    .SideOutputLateData(late)
                    .Reduce((a, b) => a + b)
            )
            .WithSideOutput(late);
        harness.ProcessElement(25);
        harness.AdvanceTime(TimeSpan.FromSeconds(1));

        harness.SnapshotAndRestore();
        harness.ProcessElement(3);

        Assert.Equal([3], harness.SideOutput(late).Select(record => record.Value));
    }

    [Fact]
    public void ShouldBeginWithoutAWatermark_WhenTheOperatorIsChainedToTheAssigner()
    {
        using OperatorHarness<long, long> harness = OperatorHarness.For<long, long>(stream =>
            stream.Rebalance().AssignTimestampsAndWatermarks(Ascending).Process(new WatermarkSeen())
        );
        harness.ProcessElement(25);
        harness.AdvanceTime(TimeSpan.FromSeconds(1));
        harness.ProcessElement(26);
        Assert.Equal([long.MinValue, 24], harness.OutputValues);

        harness.SnapshotAndRestore();
        harness.TakeOutput();
        harness.ProcessElement(3);
        harness.AdvanceTime(TimeSpan.FromSeconds(1));
        harness.ProcessElement(30);

        Assert.Equal([long.MinValue, 2], harness.OutputValues);
    }

    [Fact]
    public void ShouldCloseTheWindows_WhenInputEndsWhileTheStreamIsIdle()
    {
        using OperatorHarness<long, long> harness = OperatorHarness.For<long, long>(stream =>
            stream
                .Rebalance()
                .AssignTimestampsAndWatermarks(Ascending.WithIdleness(TimeSpan.FromSeconds(5)))
                .KeyBy(value => value % 1)
                .Window(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(10)))
                .Reduce((a, b) => a + b)
        );
        harness.ProcessElement(25);
        harness.AdvanceTime(TimeSpan.FromSeconds(1));
        harness.AdvanceTime(TimeSpan.FromSeconds(10));

        harness.End();

        Assert.Equal([25], harness.OutputValues);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldCloseTheLastWindow_WhenNothingComesAndTheClockCounts(bool isIdleToo)
    {
        WatermarkStrategy<long> strategy = Ascending.WithClockWhenIdle(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1));
        using OperatorHarness<long, long> harness = OperatorHarness.For<long, long>(stream =>
            stream
                .Rebalance()
                .AssignTimestampsAndWatermarks(isIdleToo ? strategy.WithIdleness(TimeSpan.FromSeconds(2)) : strategy)
                .KeyBy(value => value % 1)
                .Window(TumblingEventTimeWindows.Of(TimeSpan.FromMilliseconds(10)))
                .Reduce((a, b) => a + b)
        );
        harness.ProcessElement(25);
        harness.AdvanceTime(TimeSpan.FromSeconds(1));
        harness.AdvanceTime(TimeSpan.FromSeconds(4));
        Assert.Empty(harness.OutputValues);

        harness.AdvanceTime(TimeSpan.FromSeconds(2));

        Assert.Equal([25], harness.OutputValues);
    }

    private sealed class WatermarkSeen : ProcessFunction<long, long>
    {
        public override void ProcessElement(long value, IProcessContext context, Collector<long> output) =>
            output.Collect(context.TimerService.CurrentWatermark);
    }
}
