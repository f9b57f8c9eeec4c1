using Millrace.Patterns;
using Xunit;

namespace Millrace.Tests.Patterns;

/// <summary>Groups of patterns. Inputs and results of the first cases are those of Flink's <c>GroupITCase</c>.</summary>
public sealed class PatternGroupTests
{
    private const string Three = "c1 a2 b3 a4 b5 a6 b7 d8";
    private const string Nested = "d1 a2 b3 c4 b5 c6 b7 c8 a9 b10 c11 b12 c13 b14 c15 e16";

    public static TheoryData<string, string, string> Cases =>
        new()
        {
            { "times", "c1 a2 b3 a4 b5 d6", "c1 a2 b3 a4 b5 d6" },
            { "optional", "c1 a2 a3 b4 d5", "c1 d5|c1 a2 b4 d5" },
            { "times optional", "c1 a2 d3", "c1 d3" },
            { "oneOrMore", "c1 a2 b3 a4 b5 d6", "c1 a2 b3 d6|c1 a2 b3 a4 b5 d6" },
            { "any times combinations", Three, "c1 a2 b3 a4 b5 d8|c1 a2 b3 a6 b7 d8|c1 a4 b5 a6 b7 d8" },
            { "any times optional", Three, "c1 d8|c1 a2 b3 a4 b5 d8|c1 a4 b5 a6 b7 d8" },
            { "any oneOrMore", Three, "c1 a2 b3 d8|c1 a4 b5 d8|c1 a6 b7 d8|c1 a2 b3 a4 b5 d8|c1 a4 b5 a6 b7 d8|c1 a2 b3 a4 b5 a6 b7 d8" },
            {
                "nested",
                Nested,
                "d1 e16|d1 a2 b3 c4 b5 c6 b7 c8 e16|d1 a9 b10 c11 b12 c13 b14 c15 e16|d1 a2 b3 c4 b5 c6 b7 c8 a9 b10 c11 b12 c13 b14 c15 "
                    + "e16"
            },
            { "nested consecutive", "d1 a2 b3 c4 b5 c6 b7 c8 a9 b10 c11 x12 b13 c14 b15 c16 e17", "d1 e17|d1 a2 b3 c4 b5 c6 b7 c8 e17" },
            { "begin", "a1 b2 a3 b4 d5", "a1 b2 d5|a1 b2 a3 b4 d5|a3 b4 d5" },
            { "next", "c1 x2 a3 b4 d5 c6 a7 b8 d9", "c6 a7 b8 d9" },
            { "ignored between", "c1 a2 b3 x4 a5 b6 x7 d8", "c1 a2 b3 d8|c1 a2 b3 a5 b6 d8" },
            { "until", "c1 a2 b3 u4 a5 b6 d7", "c1 a2 b3 d7" },
            { "until within", "c1 a2 u3 b4 d5", "" },
            { "not after", "c1 a2 b3 x4 d5 c6 a7 b8 d9", "c6 a7 b8 d9" },
            { "not next after", "c1 a2 b3 a4 b5 d6", "c1 a2 b3 a4 b5 d6" },
            { "not at end", "a1 x2 a3 b4", "a3 b4" },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void ShouldFindTheMatches_WhenPatternHasGroups(string pattern, string items, string expected)
    {
        string[] wanted = [.. expected.Split('|', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)];
        Assert.Equal(wanted, PatternRun.Find(Of(pattern), items).Order(StringComparer.Ordinal));
        Assert.Equal(wanted, PatternRun.Find(Of(pattern), items, restores: true).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ShouldNameTheEventsByTheirPatterns_WhenGroupRepeats()
    {
        using PatternRun run = new(Of("oneOrMore"), names: true);
        run.Feed("c1 a2 b3 a4 b5 d6");
        Assert.Equal(["c=[c1] a=[a2] b=[b3] d=[d6]", "c=[c1] a=[a2, a4] b=[b3, b5] d=[d6]"], run.Matches.OrderBy(match => match.Length));
    }

    private static Pattern<Item> One(char kind) => Pattern.Begin<Item>($"{kind}").Where(item => item.Kind == kind);

    private static Pattern<Item> Pair(char first, char second) => One(first).FollowedBy($"{second}").Where(item => item.Kind == second);

    private static Pattern<Item> Then(Pattern<Item> pattern, char kind) => pattern.FollowedBy($"{kind}").Where(item => item.Kind == kind);

    private static Pattern<Item> Of(string name) =>
        name switch
        {
            "times" => Then(One('c').FollowedBy(Pair('a', 'b')).Times(2), 'd'),
            "optional" => Then(One('c').FollowedBy(Pair('a', 'b')).Optional(), 'd'),
            "times optional" => Then(One('c').FollowedBy(Pair('a', 'b')).Times(2).Optional(), 'd'),
            "oneOrMore" or "ignored between" => Then(One('c').FollowedBy(Pair('a', 'b')).OneOrMore(), 'd'),
            "any times combinations" => Then(One('c').FollowedByAny(Pair('a', 'b')).Times(2).AllowCombinations(), 'd'),
            "any times optional" => Then(One('c').FollowedByAny(Pair('a', 'b')).Times(2).Optional(), 'd'),
            "any oneOrMore" => Then(One('c').FollowedByAny(Pair('a', 'b')).OneOrMore(), 'd'),
            "nested" => Then(One('d').FollowedByAny(One('a').FollowedBy(Pair('b', 'c')).Times(3)).Times(0, 2), 'e'),
            "nested consecutive" => Then(
                One('d').FollowedByAny(One('a').FollowedBy(Pair('b', 'c')).Times(3).Consecutive()).Times(0, 2).Consecutive(),
                'e'
            ),
            "begin" => Then(Pattern.Begin(Pair('a', 'b')).Times(1, 2), 'd'),
            "next" => Then(One('c').Next(Pair('a', 'b')), 'd'),
            "until" or "until within" => Then(One('c').FollowedBy(Pair('a', 'b')).OneOrMore().Until(item => item.Kind == 'u'), 'd'),
            "not after" => Then(One('c').FollowedBy(Pair('a', 'b')).OneOrMore().NotFollowedBy("no x").Where(item => item.Kind == 'x'), 'd'),
            "not next after" => Then(One('c').FollowedBy(Pair('a', 'b')).Times(2).NotNext("no a").Where(item => item.Kind == 'a'), 'd'),
            "not at end" => Pattern.Begin(
                One('a').NotNext("no x").Where(item => item.Kind == 'x').FollowedBy("b").Where(item => item.Kind == 'b')
            ),
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Unknown pattern."),
        };
}
