using Millrace.Api;
using Millrace.Batches;
using Millrace.Patterns;
using Millrace.Testing;
using Millrace.UserFunctions;
using Xunit;

namespace Millrace.Tests.Patterns;

public sealed class PatternProcessingTimeTests
{
    private static readonly OutputTag<string> TimedOut = new("timed-out");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldTakeEventsAsTheyCome_WhenInProcessingTime(bool restores)
    {
        using OperatorHarness<Item, string> harness = Harness(restores);
        harness.ProcessElement(PatternRun.Parse("a1"), 500);
        harness.ProcessWatermark(1_000);
        harness.ProcessElement(PatternRun.Parse("x2"), 400);
        harness.ProcessElement(PatternRun.Parse("b3"), 300);
        Assert.Equal(["a1 b3"], harness.OutputValues);
        Assert.Equal(RecordBatch.NoTimestamp, harness.Output[0].Timestamp);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldTimeOut_WhenClockHasPassed(bool restores)
    {
        using OperatorHarness<Item, string> harness = Harness(restores);
        harness.ProcessElement(PatternRun.Parse("a1"));
        harness.AdvanceTime(TimeSpan.FromMilliseconds(19));
        Assert.Empty(harness.SideOutput(TimedOut));
        harness.AdvanceTime(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["a1"], harness.SideOutput(TimedOut).Select(record => record.Value));
        harness.ProcessElement(PatternRun.Parse("b2"));
        Assert.Empty(harness.OutputValues);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldOrderEventsOfOneMillisecond_WhenComparerIsGiven(bool restores)
    {
        using OperatorHarness<Item, string> harness = Harness(
            restores,
            Comparer<Item>.Create((left, right) => left.Number.CompareTo(right.Number))
        );
        harness.ProcessElement(PatternRun.Parse("b2"));
        harness.ProcessElement(PatternRun.Parse("a1"));
        Assert.Empty(harness.OutputValues);
        harness.AdvanceTime(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["a1 b2"], harness.OutputValues);
    }

    private static OperatorHarness<Item, string> Harness(bool restores, IComparer<Item>? comparer = null)
    {
        Pattern<Item> pattern = Pattern
            .Begin<Item>("a")
            .Where(item => item.Kind == 'a')
            .FollowedBy("b")
            .Where(item => item.Kind == 'b')
            .Within(TimeSpan.FromMilliseconds(20));
        return OperatorHarness
            .ForKeyed<string, Item, string>(
                item => item.Key,
                items =>
                    CEP.Pattern(items, pattern, comparer)
                        .InProcessingTime()
                        .Select(TimedOut, (match, _) => string.Join(' ', match.Events), match => string.Join(' ', match.Events)),
                new HarnessOptions { RestoresBetweenSteps = restores, BatchSize = 4 }
            )
            .WithSideOutput(TimedOut);
    }
}
