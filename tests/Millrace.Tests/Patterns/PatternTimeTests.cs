using Millrace.Patterns;
using Xunit;

namespace Millrace.Tests.Patterns;

public sealed class PatternTimeTests
{
    private static Pattern<Item> AThenB =>
        Pattern.Begin<Item>("a").Where(item => item.Kind == 'a').FollowedBy("b").Where(item => item.Kind == 'b');

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldSortEvents_WhenTheyComeOutOfOrder(bool restores)
    {
        using PatternRun run = new(AThenB, restores);
        run.Add("b2", 20);
        run.Add("a1", 10);
        Assert.Empty(run.Matches);
        run.Watermark(20);
        Assert.Equal(["a1 b2"], run.Matches);
        Assert.Equal(20, run.Output[0].Timestamp);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldSendEventToSideOutput_WhenItComesAfterTheWatermark(bool restores)
    {
        using PatternRun run = new(AThenB, restores);
        run.Watermark(15);
        run.Add("a1", 15);
        run.Add("a3", 16);
        run.Add("b2", 20);
        run.Watermark(20);
        Assert.Equal(["a1"], run.LateItems);
        Assert.Equal(["a3 b2"], run.Matches);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldNeverTimeOut_WhenThereIsNoLimitAndTimeIsBeforeTheEpoch(bool restores)
    {
        using PatternRun run = new(AThenB, restores);
        run.Add("a1", -62_135_596_800_001);
        run.Watermark(long.MaxValue - 1);
        Assert.Empty(run.Timeouts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldMatch_WhenTimesAreTheFirstAndTheLast(bool restores)
    {
        using PatternRun run = new(AThenB, restores);
        run.Add("a1", long.MinValue + 1);
        run.Add("b2", long.MaxValue);
        run.Watermark(long.MaxValue - 1);
        Assert.Equal(["a1 b2"], run.Matches);
    }

    [Fact]
    public void ShouldOrderEventsOfOneTimestamp_WhenComparerIsGiven()
    {
        using PatternRun run = new(AThenB, comparer: Comparer<Item>.Create((left, right) => left.Number.CompareTo(right.Number)));
        run.Add("b2", 10);
        run.Add("a1", 10);
        run.Watermark(10);
        Assert.Equal(["a1 b2"], run.Matches);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldEmitPartialMatchToSideOutput_WhenItTimesOut(bool restores)
    {
        using PatternRun run = new(AThenB.Within(TimeSpan.FromMilliseconds(20)), restores);
        run.Feed("a1 c2 b3 a4 b5");
        Assert.Equal(["a1@30"], run.Timeouts);
        Assert.Equal(["a4 b5"], run.Matches);
        run.Add("a6", 60);
        run.Watermark(79);
        Assert.Single(run.Timeouts);
        run.Watermark(80);
        Assert.Equal(["a1@30", "a6@80"], run.Timeouts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldReportPartialMatchOnce_WhenItIsInSeveralStates(bool restores)
    {
        Pattern<Item> pattern = Pattern
            .Begin<Item>("a")
            .Where(item => item.Kind == 'a')
            .OneOrMore()
            .FollowedBy("b")
            .Where(item => item.Kind == 'b')
            .Within(TimeSpan.FromMilliseconds(50));
        using PatternRun run = new(pattern, restores);
        run.Feed("a1 x2");
        run.Watermark(1_000_000);
        Assert.Equal(["a1@60"], run.Timeouts);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ShouldKeepKeysApart_WhenRestoredWithAnotherParallelism(int parallelism)
    {
        using PatternRun run = new(AThenB);
        for (int key = 0; key < 20; key++)
        {
            run.Add($"a{key}", 10 + key, $"key {key}");
        }

        run.Watermark(20);
        run.Restore(parallelism);
        for (int key = 0; key < 20; key++)
        {
            run.Add($"b{key}", 100, $"key {key}");
        }

        run.Watermark(100);
        Assert.Equal(
            Enumerable.Range(0, 20).Select(key => $"a{key} b{key}").Order(StringComparer.Ordinal),
            run.Matches.Order(StringComparer.Ordinal)
        );
    }
}
