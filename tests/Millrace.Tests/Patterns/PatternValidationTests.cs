using Millrace.Patterns;
using Xunit;

namespace Millrace.Tests.Patterns;

public sealed class PatternValidationTests
{
    private static Pattern<Item> Begin => Pattern.Begin<Item>("a");

    public static TheoryData<string, Func<Pattern<Item>>> Mistakes => new()
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
        MalformedPatternException error = Assert.Throws<MalformedPatternException>(() => AutomatonCompiler<Item>.Compile(Begin.Greedy().Next("a").OneOrMore().OneOrMore()));
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
