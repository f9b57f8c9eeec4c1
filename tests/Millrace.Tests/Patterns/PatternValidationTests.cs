using Millrace.Patterns;
using Xunit;

namespace Millrace.Tests.Patterns;

public sealed class PatternValidationTests
{
    private static Pattern<Item> Begin => Pattern.Begin<Item>("a");

    public static TheoryData<string, Func<Pattern<Item>>> Mistakes =>
        new()
        {
            { "unique", () => Begin.Next("a") },
            { "more than one of", () => Begin.OneOrMore().Times(2) },
            { "not repeated", () => Begin.Greedy() },
            { "not repeated", () => Begin.Consecutive() },
            { "contradict", () => Begin.OneOrMore().AllowCombinations().Consecutive() },
            { "contradict", () => Begin.OneOrMore().Greedy().AllowCombinations() },
            { "Until", () => Begin.Times(2).Until(_ => true) },
            { "no required pattern follows", () => Begin.OneOrMore().Greedy() },
            { "add Within", () => Begin.NotFollowedBy("b") },
            { "cannot be Optional", () => Begin.NotNext("b").Optional().Next("c") },
            { "cannot be repeated", () => Begin.NotNext("b").OneOrMore().Next("c") },
            { "after the optional", () => Begin.Next("b").Optional().NotNext("c").Next("d") },
            { "takes no event", () => Begin.NotFollowedBy("b").NotNext("c").Next("d") },
            { "optional patterns only", () => Begin.NotNext("b").Next("c").Optional() },
            { "Every pattern is Optional", () => Begin.Optional() },
            { "Every pattern of the group (b, c)", () => Begin.Next(Pattern.Begin<Item>("b").Optional().Next("c").Optional()) },
            { "(b) is a group, which cannot be Greedy", () => Begin.Next(Pattern.Begin<Item>("b")).OneOrMore().Greedy().Next("c") },
            { "(b) is a group, which has no condition", () => Begin.Next(Pattern.Begin<Item>("b")).Where(_ => true) },
            { "given to more than one", () => Begin.Next(Pattern.Begin<Item>("a")) },
            { "outermost Begin", () => Begin.Next(Pattern.Begin<Item>("b", AfterMatchSkipStrategy.SkipToNext())) },
            { "after the optional '(b)'", () => Begin.Next(Pattern.Begin<Item>("b")).Optional().NotNext("c").Next("d") },
            { "no required pattern follows", () => Pattern.Begin(Begin.OneOrMore().Greedy()).OneOrMore() },
            { "add Within", () => Pattern.Begin(Begin.NotFollowedBy("b")).OneOrMore() },
            {
                "longer than the 00:00:05",
                () => Begin.Next("b").Within(TimeSpan.FromSeconds(6), WithinType.PreviousAndCurrent).Within(TimeSpan.FromSeconds(5))
            },
            { "begins the pattern", () => Begin.Within(TimeSpan.FromSeconds(6), WithinType.PreviousAndCurrent) },
            { "others follow", () => Begin.NotNext("b").Within(TimeSpan.FromSeconds(6), WithinType.PreviousAndCurrent).Next("c") },
            { "skip strategy", () => Pattern.Begin<Item>("a", AfterMatchSkipStrategy.SkipToFirst("b")).NotFollowedBy("b").Next("c") },
        };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void ShouldRefusePattern_WhenItMakesNoSense(string said, Func<Pattern<Item>> pattern)
    {
        MalformedPatternException error = Assert.Throws<MalformedPatternException>(() => AutomatonCompiler<Item>.Compile(pattern()));
        Assert.Contains(said, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldListAllErrors_WhenThereAreSeveral()
    {
        MalformedPatternException error = Assert.Throws<MalformedPatternException>(() =>
            AutomatonCompiler<Item>.Compile(Begin.Greedy().Next("a").OneOrMore().OneOrMore())
        );
        Assert.Equal(3, error.Message.Split("\n- ").Length - 1);
    }

    [Fact]
    public void ShouldNameThePatterns_WhenConditionAsksForAnUnknownOne()
    {
        Pattern<Item> pattern = Begin.Next("b").Where((_, context) => context.GetEventsForPattern("x").Count == 0);
        ArgumentException error = Assert.Throws<ArgumentException>(() => PatternRun.Find(pattern, "a1 b2"));
        Assert.Contains("'x'", error.Message, StringComparison.Ordinal);
    }
}
