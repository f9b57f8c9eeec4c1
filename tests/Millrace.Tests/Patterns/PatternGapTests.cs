using Millrace.Patterns;
using Xunit;

namespace Millrace.Tests.Patterns;

/// <summary>Limits of time between neighbouring events (<see cref="WithinType.PreviousAndCurrent"/>).</summary>
public sealed class PatternGapTests
{
    private static Pattern<Item> A => Pattern.Begin<Item>("a").Where(item => item.Kind == 'a');

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldTimeOut_WhenNextEventComesTooLate(bool restores)
    {
        Pattern<Item> pattern = A.FollowedBy("b")
            .Where(item => item.Kind == 'b')
            .Within(TimeSpan.FromMilliseconds(30), WithinType.PreviousAndCurrent)
            .FollowedBy("c")
            .Where(item => item.Kind == 'c')
            .Within(TimeSpan.FromMilliseconds(20), WithinType.PreviousAndCurrent);
        using PatternRun run = new(pattern, restores);
        run.Feed("a1 x2 b3 c4 a5 x6 x7 b8 a9 b10 x11 c12");
        run.Watermark(1_000);
        Assert.Equal(["a1 b3 c4"], run.Matches);
        Assert.Equal(["a5@80", "a9 b10@120"], run.Timeouts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldTimeOut_WhenRepetitionComesTooLate(bool restores)
    {
        Pattern<Item> pattern = A.Times(3, TimeSpan.FromMilliseconds(20));
        using PatternRun run = new(pattern, restores);
        run.Feed("a1 a2 a3 x4 a5");
        run.Watermark(1_000);
        Assert.Equal(["a1 a2 a3"], run.Matches);
        Assert.Equal(["a2 a3@50", "a3@50", "a5@70"], run.Timeouts.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldMatch_WhenNothingForbiddenCameInTheTime(bool restores)
    {
        Pattern<Item> pattern = A.NotFollowedBy("no b")
            .Where(item => item.Kind == 'b')
            .Within(TimeSpan.FromMilliseconds(20), WithinType.PreviousAndCurrent);
        using PatternRun run = new(pattern, restores);
        run.Feed("a1 x2 b3 a4 b5 a6");
        run.Watermark(79);
        Assert.Equal(["a1"], run.Matches);
        run.Watermark(80);
        Assert.Equal(["a1", "a6"], run.Matches);
        Assert.Equal([30, 80], run.Output.Select(record => record.Timestamp));
        Assert.Empty(run.Timeouts);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldMeasureBetweenRepetitions_WhenGroupRepeats(bool restores)
    {
        Pattern<Item> pattern = Pattern.Begin(A.Next("b").Where(item => item.Kind == 'b')).Times(2, TimeSpan.FromMilliseconds(20));
        using PatternRun run = new(pattern, restores);
        run.Feed("a1 b2 a3 b4 x5 a6 b7");
        run.Watermark(1_000);
        Assert.Equal(["a1 b2 a3 b4"], run.Matches);
        Assert.Equal(["a3 b4@60", "a6 b7@90"], run.Timeouts);
    }
}
