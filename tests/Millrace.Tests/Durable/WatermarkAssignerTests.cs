using Millrace.Api;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Patterns;
using Millrace.Time;
using Xunit;

namespace Millrace.Tests.Durable;

/// <summary>A trigger-driven host has one event time per partition; what would need another is refused.</summary>
public sealed class WatermarkAssignerTests
{
    private static readonly WatermarkStrategy<Click> Strategy = WatermarkStrategy<Click>
        .ForMonotonousTimestamps()
        .WithTimestampAssigner(click => click.Time)
        .WithIdleness(TimeSpan.FromSeconds(7))
        .WithClockWhenIdle(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(9));

    [Fact]
    public void ShouldTakeTheAssignersIdleness_WhenWatermarksAreAssignedBehindTheSource()
    {
        DurableJobPlan plan = Plan(clicks =>
            clicks
                .Filter(click => click.Time > 0)
                .AssignTimestampsAndWatermarks(Strategy)
                .KeyBy(click => click.Page)
                .MaxBy(click => click.Time)
        );

        Assert.Equal(TimeSpan.FromSeconds(7), DurableJobPlan.IdleTimeoutOf(plan.Sources[0]));
        Assert.Equal(new IdleClock(TimeSpan.FromSeconds(8), TimeSpan.FromSeconds(9)), DurableJobPlan.IdleClockOf(plan.Sources[0]));
    }

    [Fact]
    public void ShouldRefuse_WhenWatermarksAreAssignedBehindAShuffle() =>
        AssertRefused(
            "behind a shuffle",
            clicks => clicks.KeyBy(click => click.Page).MaxBy(click => click.Time).AssignTimestampsAndWatermarks(Strategy)
        );

    [Fact]
    public void ShouldRefuse_WhenWatermarksAreAssignedTwice() =>
        AssertRefused(
            "2 operators that assign watermarks",
            clicks =>
                clicks
                    .AssignTimestampsAndWatermarks(Strategy)
                    .AssignTimestampsAndWatermarks(Strategy)
                    .KeyBy(click => click.Page)
                    .MaxBy(click => click.Time)
        );

    [Fact]
    public void ShouldRefuse_WhenAPartOfTheSourceHasNoWatermarks() =>
        AssertRefused(
            "for a part",
            clicks =>
                clicks
                    .AssignTimestampsAndWatermarks(Strategy)
                    .KeyBy(click => click.Page)
                    .MaxBy(click => click.Time)
                    .Union(clicks.KeyBy(click => click.Page).MaxBy(click => click.Time))
        );

    [Fact]
    public void ShouldBeginAStage_WhenAStatefulOperatorFollowsTheSource()
    {
        DurableJobPlan plan = Plan(clicks =>
            CEP.Pattern(clicks, Pattern.Begin<Click>("any").Where(click => click.Time > 0)).Select(match => match["any"][0])
        );

        Assert.DoesNotContain(plan.Sources[0].Nodes, node => node.IsStateful);
    }

    private static void AssertRefused(string reason, Func<DataStream<Click>, DataStream<Click>> define) =>
        Assert.Contains(reason, Assert.Single(Assert.Throws<JobValidationException>(() => Plan(define)).Errors), StringComparison.Ordinal);

    private static DurableJobPlan Plan(Func<DataStream<Click>, DataStream<Click>> define)
    {
        StreamExecutionEnvironment env = new();
        define(env.FromSource(new TextSource(), WatermarkStrategy<Click>.NoWatermarks())).SinkTo(new TextSink<Click>());
        return new DurableJobPlan(env.GetJobGraph("clicks", hasStatelessSources: true), "clicks#1");
    }
}
