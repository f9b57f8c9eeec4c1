using System.Globalization;
using Millrace.Patterns;
using Xunit;

namespace Millrace.Tests.Patterns;

/// <summary>
/// Random patterns over random input, against a naive matcher. <c>MILLRACE_PATTERN_SEEDS=FIRST-LAST</c> tries other seeds than the suite
/// does.
/// </summary>
public sealed class PatternPropertyTests
{
    private const int Blocks = 4;

    public static TheoryData<int> AllBlocks => [.. Enumerable.Range(0, Blocks)];

    /// <summary>
    /// Any pattern, any out-of-order input, cut anywhere by snapshots into any parallelism: matches and timeouts are those of the naive
    /// matcher.
    /// </summary>
    [Theory]
    [MemberData(nameof(AllBlocks))]
    public void ShouldEqualNaiveMatcher_WhenCutAnywhere(int block)
    {
        string[] range = (Environment.GetEnvironmentVariable("MILLRACE_PATTERN_SEEDS") ?? "0-1200").Split('-');
        int first = int.Parse(range[0], CultureInfo.InvariantCulture);
        int last = int.Parse(range[1], CultureInfo.InvariantCulture);
        int valid = 0;
        List<string> failures = [];
        for (int seed = first + block; seed < last && failures.Count < 5; seed += Blocks)
        {
            if (PatternScenario.Of(seed) is { } scenario)
            {
                valid++;
                if (Difference(scenario) is { } difference)
                {
                    failures.Add($"seed {seed}: {scenario}\n{difference}");
                }
            }
        }

        Assert.True(failures.Count == 0, string.Join("\n\n", failures));
        Assert.True(valid > (last - first) / Blocks / 4, $"Only {valid} patterns were valid.");
    }

    private static string? Difference(PatternScenario scenario)
    {
        using PatternRun run = new(scenario.Pattern, names: true);
        List<(long Time, Item Item)> accepted = [];
        long watermark = long.MinValue;
        for (int i = 0; i < scenario.Steps.Length; i++)
        {
            PatternScenario.Step step = scenario.Steps[i];
            if (step.Cut > 0)
            {
                run.Restore(step.Cut);
            }

            // Numbers are unique, so that a text names its event; the order of numbers is not that of time.
            string item = string.Create(CultureInfo.InvariantCulture, $"{step.Kind}{(step.Time * 7 % 10 * 100) + i}");
            run.Add(item, step.Time);
            if (step.Time > watermark)
            {
                accepted.Add((step.Time, PatternRun.Parse(item)));
            }

            if (step.Watermark > watermark && step.Watermark > 0)
            {
                run.Watermark(watermark = step.Watermark);
            }
        }

        run.Watermark(1_000_000);
        (long Time, Item Item)[] events = [.. accepted.OrderBy(e => e.Time)];
        NaiveMatcher naive = new(scenario.Stages, events, scenario.Window);
        naive.Run();
        string input = string.Join(' ', events.Select(e => $"{e.Item}@{e.Time}"));
        if (scenario.Skip.Kind != SkipKind.NoSkip)
        {
            return Compare("matches", input, naive.After(scenario.Skip.Kind, scenario.Skip.PatternName), run.Matches);
        }

        return Compare(
                "matches",
                input,
                naive.Matches.Select(match => match.Text).Order(StringComparer.Ordinal),
                run.Matches.Order(StringComparer.Ordinal)
            ) ?? Compare("timeouts", input, naive.Timeouts.Order(StringComparer.Ordinal), run.Timeouts.Order(StringComparer.Ordinal));
    }

    private static string? Compare(string what, string input, IEnumerable<string> expected, IEnumerable<string> actual) =>
        expected.SequenceEqual(actual, StringComparer.Ordinal)
            ? null
            : $"events {input}\nexpected {what} {string.Join(" | ", expected)}\nactual   {what} {string.Join(" | ", actual)}";
}
