using Millrace.Patterns;
using Xunit;

namespace Millrace.Tests.Patterns;

public sealed class PatternMatchingTests
{
    private static Pattern<Item> BeginA => Pattern.Begin<Item>("a").Where(item => item.Kind == 'a');

    public static TheoryData<string, string, string> Cases =>
        new()
        {
            { "next", "a1 b2 a3 c4 b5", "a1 b2" },
            { "followedBy", "a1 c2 b3 b4", "a1 b3" },
            { "followedByAny", "a1 c2 b3 b4", "a1 b3|a1 b4" },
            { "notNext", "a1 c2 a3 b4 c5", "a1 c2" },
            { "notNext at end", "a1 b2 a3 c4", "a3" },
            { "notFollowedBy", "a1 d2 c3 a4 b5 c6", "a1 c3" },
            { "notFollowedBy at end", "a1 c2 c3 c4 c5 c6 a7 b8", "a1" },
            { "oneOrMore", "a1 x2 a3 b4", "a1 b4|a1 a3 b4|a3 b4" },
            { "oneOrMore consecutive", "a1 x2 a3 a4 b5", "a1 b5|a3 b5|a3 a4 b5|a4 b5" },
            { "oneOrMore combinations", "a1 a2 a3 b4", "a1 b4|a1 a2 b4|a1 a3 b4|a1 a2 a3 b4|a2 b4|a2 a3 b4|a3 b4" },
            { "oneOrMore greedy", "a1 x2 a3 b4", "a1 a3 b4|a3 b4" },
            { "oneOrMore until", "a1 a2 a9 a3 b4", "a1 b4|a1 a2 b4|a2 b4|a3 b4" },
            { "times", "a1 x2 a3 a4", "a1 a3|a3 a4" },
            { "times range", "a1 a2 a3", "a1|a1 a2|a2|a2 a3|a3" },
            { "timesOrMore", "a1 a2 a3", "a1 a2|a1 a2 a3|a2 a3" },
            { "optional", "a1 b2 c3", "a1 b2 c3|a1 c3" },
            { "optional at end", "a1 b2", "a1|a1 b2" },
            { "iterative", "a1 a3 a2 a4 b9", "a1 a3 a4 b9|a1 a3 b9|a1 b9|a2 a4 b9|a2 b9|a3 a4 b9|a3 b9|a4 b9" },
            { "notNext and notFollowedBy at end", "b1 b2 x3 b4", "b4|b2" },
            { "or", "a1 b2 a3 c4", "a1 b2|a3 c4" },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void ShouldFindTheMatches_WhenEventsCome(string pattern, string items, string expected)
    {
        string[] wanted = [.. expected.Split('|').Order(StringComparer.Ordinal)];
        Assert.Equal(wanted, PatternRun.Find(Of(pattern), items).Order(StringComparer.Ordinal));
        Assert.Equal(wanted, PatternRun.Find(Of(pattern), items, restores: true).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ShouldTakeOnlyTheSubtype_WhenSubtypeIsGiven()
    {
        Pattern<object> pattern = Pattern.Begin<object>("text").Subtype<string>().Next("number").Subtype<int>(number => number > 1);
        Assert.True(pattern.Stages[0].Condition!.Holds("text", null!));
        Assert.False(pattern.Stages[0].Condition!.Holds(2, null!));
        Assert.True(pattern.Stages[1].Condition!.Holds(2, null!));
        Assert.False(pattern.Stages[1].Condition!.Holds(1, null!));
        Assert.False(pattern.Stages[1].Condition!.Holds("text", null!));
    }

    private static Pattern<Item> Of(string name) =>
        name switch
        {
            "next" => BeginA.Next("b").Where(item => item.Kind == 'b'),
            "followedBy" => FollowedByB(BeginA),
            "followedByAny" => BeginA.FollowedByAny("b").Where(item => item.Kind == 'b'),
            "notNext" => BeginA.NotNext("no b").Where(item => item.Kind == 'b').FollowedBy("c").Where(item => item.Kind == 'c'),
            "notNext at end" => BeginA.NotNext("no b").Where(item => item.Kind == 'b'),
            "notFollowedBy" => BeginA.NotFollowedBy("no b").Where(item => item.Kind == 'b').FollowedBy("c").Where(item => item.Kind == 'c'),
            "notFollowedBy at end" => BeginA.NotFollowedBy("no b").Where(item => item.Kind == 'b').Within(TimeSpan.FromMilliseconds(30)),
            "oneOrMore" => FollowedByB(BeginA.OneOrMore()),
            "oneOrMore consecutive" => FollowedByB(BeginA.OneOrMore().Consecutive()),
            "oneOrMore combinations" => FollowedByB(BeginA.OneOrMore().AllowCombinations()),
            "oneOrMore greedy" => FollowedByB(BeginA.OneOrMore().Greedy()),
            "oneOrMore until" => FollowedByB(BeginA.OneOrMore().Until(item => item.Number == 9)),
            "times" => BeginA.Times(2),
            "times range" => BeginA.Times(1, 2),
            "timesOrMore" => BeginA.TimesOrMore(2),
            "optional" => BeginA.FollowedBy("b").Where(item => item.Kind == 'b').Optional().FollowedBy("c").Where(item => item.Kind == 'c'),
            "optional at end" => BeginA.Next("b").Where(item => item.Kind == 'b').Optional(),
            "iterative" => FollowedByB(
                BeginA.Where((item, context) => context.GetEventsForPattern("a").All(earlier => earlier.Number < item.Number)).OneOrMore()
            ),
            "or" => BeginA.Next("b or c").Where(item => item.Kind == 'b').Or(item => item.Kind == 'c'),
            "notNext and notFollowedBy at end" => Pattern
                .Begin<Item>("b")
                .Where(item => item.Kind == 'b')
                .OneOrMore()
                .AllowCombinations()
                .NotNext("no b")
                .Where(item => item.Kind is 'a' or 'b')
                .NotFollowedBy("no c")
                .Where(item => item.Kind == 'c')
                .Within(TimeSpan.FromMilliseconds(15)),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Unknown pattern."),
        };

    private static Pattern<Item> FollowedByB(Pattern<Item> pattern) => pattern.FollowedBy("b").Where(item => item.Kind == 'b');
}
