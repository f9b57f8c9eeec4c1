using Millrace.Patterns;
using Xunit;

namespace Millrace.Tests.Patterns;

public sealed class PatternSkipTests
{
    public static TheoryData<string, string> Strategies =>
        new()
        {
            { "none", "b1 b2 b3 c4|b2 b3 c4|b3 c4" },
            { "next", "b1 b2 b3 c4|b2 b3 c4|b3 c4" },
            { "past", "b1 b2 b3 c4" },
            { "first", "b1 b2 b3 c4|b2 b3 c4|b3 c4" },
            { "last", "b1 b2 b3 c4|b3 c4" },
            { "first c", "b1 b2 b3 c4" },
        };

    [Theory]
    [MemberData(nameof(Strategies))]
    public void ShouldGiveUpPartialMatches_WhenStrategySkips(string strategy, string expected)
    {
        Pattern<Item> pattern = Pattern
            .Begin<Item>("b", Of(strategy))
            .Where(item => item.Kind == 'b')
            .OneOrMore()
            .Consecutive()
            .Greedy()
            .Next("c")
            .Where(item => item.Kind == 'c');
        string[] wanted = expected.Split('|');
        Assert.Equal(wanted, PatternRun.Find(pattern, "b1 b2 b3 c4"));
        Assert.Equal(wanted, PatternRun.Find(pattern, "b1 b2 b3 c4", restores: true));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ShouldHoldMatchBack_WhenOneThatBeganEarlierMayStillCome(bool restores)
    {
        Pattern<Item> pattern = Pattern
            .Begin<Item>("a", AfterMatchSkipStrategy.SkipPastLastEvent())
            .Where(item => item.Kind is 'a' or 'b')
            .FollowedBy("end")
            .Where((item, context) => context.GetEventsForPattern("a")[0].Kind == 'a' ? item.Kind == 'z' : item.Kind == 'c')
            .Within(TimeSpan.FromMilliseconds(60));
        using PatternRun run = new(pattern, restores);
        run.Feed("a1 b2 c3");
        Assert.Empty(run.Matches);
        run.Feed("z4");
        Assert.Equal(["a1 z4"], run.Matches);
        run.Feed("a5 b6 c7");
        run.Watermark(109);
        Assert.Single(run.Matches);
        run.Watermark(110);
        Assert.Equal(["a1 z4", "b6 c7"], run.Matches);
        Assert.Equal(["a5@110"], run.Timeouts);
    }

    [Fact]
    public void ShouldFail_WhenMatchHasNothingToSkipTo()
    {
        Pattern<Item> pattern = Pattern
            .Begin<Item>("a", AfterMatchSkipStrategy.SkipToFirst("b").ThrowExceptionOnMiss())
            .Where(item => item.Kind == 'a')
            .Next("b")
            .Where(item => item.Kind == 'b')
            .Optional()
            .Next("c")
            .Where(item => item.Kind == 'c');
        Assert.Equal(["a1 b2 c3"], PatternRun.Find(pattern, "a1 b2 c3"));
        InvalidOperationException error = Assert.ThrowsAny<InvalidOperationException>(() => PatternRun.Find(pattern, "a1 c2"));
        Assert.Contains("'b'", error.Message, StringComparison.Ordinal);
    }

    private static AfterMatchSkipStrategy Of(string strategy) =>
        strategy switch
        {
            "next" => AfterMatchSkipStrategy.SkipToNext(),
            "past" => AfterMatchSkipStrategy.SkipPastLastEvent(),
            "first" => AfterMatchSkipStrategy.SkipToFirst("b"),
            "first c" => AfterMatchSkipStrategy.SkipToFirst("c"),
            "last" => AfterMatchSkipStrategy.SkipToLast("b"),
            _ => AfterMatchSkipStrategy.NoSkip(),
        };
}
