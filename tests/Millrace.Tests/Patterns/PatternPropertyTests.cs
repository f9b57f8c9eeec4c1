using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Millrace.Patterns;

namespace Millrace.Tests.Patterns;

public sealed class PatternPropertyTests
{
    private const int Window = 60;

    /// <summary>Any pattern, any out-of-order input, cut anywhere by snapshots into any parallelism: the matches are those of a naive matcher.</summary>
    [Property(MaxTest = 600)]
    public Property ShouldEqualNaiveMatcher_WhenCutAnywhere() => Prop.ForAll(Scenarios(simple: false).ToArbitrary(), scenario =>
    {
        (IReadOnlyList<string> actual, IReadOnlyList<(long Time, Item Item)> events) = Run(scenario, AfterMatchSkipStrategy.NoSkip());
        string[] expected = [.. new NaiveMatcher(scenario.Stages, events, Window).Find().Select(match => match.Text).Order(StringComparer.Ordinal)];
        string[] sorted = [.. actual.Order(StringComparer.Ordinal)];
        return sorted.SequenceEqual(expected, StringComparer.Ordinal).Label(
            $"{scenario}\nevents   {string.Join(' ', events.Select(e => $"{e.Item}@{e.Time}"))}\nexpected {string.Join(" | ", expected)}\nactual   {string.Join(" | ", sorted)}");
    });

    /// <summary>With a skip strategy, the matches are those that survive when they are taken in the order of their beginnings.</summary>
    [Property(MaxTest = 300)]
    public Property ShouldKeepWhatStrategyLeaves_WhenCutAnywhere() => Prop.ForAll(Scenarios(simple: true).ToArbitrary(), scenario =>
    {
        AfterMatchSkipStrategy strategy = scenario.PastLast ? AfterMatchSkipStrategy.SkipPastLastEvent() : AfterMatchSkipStrategy.SkipToNext();
        (IReadOnlyList<string> actual, IReadOnlyList<(long Time, Item Item)> events) = Run(scenario, strategy);
        List<string> expected = [];
        int firstKept = 0;
        foreach ((int start, long _, string text) in new NaiveMatcher(scenario.Stages, events, Window).Find().OrderBy(match => match.Start).ThenBy(match => match.End))
        {
            if (start >= firstKept)
            {
                expected.Add(Ends(text));
                string last = text.Split(' ')[^1];
                firstKept = scenario.PastLast ? events.Select((e, i) => (e, i)).First(entry => entry.e.Item.ToString() == last).i + 1 : start + 1;
            }
        }

        return actual.Select(Ends).SequenceEqual(expected, StringComparer.Ordinal).Label(
            $"{scenario}\nevents   {string.Join(' ', events.Select(e => $"{e.Item}@{e.Time}"))}\nexpected {string.Join(" | ", expected)}\nactual   {string.Join(" | ", actual)}");
    });

    private static string Ends(string match) => $"{match.Split(' ')[0]}..{match.Split(' ')[^1]}";

    private static (IReadOnlyList<string> Matches, IReadOnlyList<(long Time, Item Item)> Events) Run(Scenario scenario, AfterMatchSkipStrategy strategy)
    {
        using PatternRun run = new(StageSpec.Build(scenario.Stages, TimeSpan.FromMilliseconds(Window), strategy));
        List<(long Time, Item Item)> accepted = [];
        long watermark = long.MinValue;
        for (int i = 0; i < scenario.Steps.Length; i++)
        {
            Step step = scenario.Steps[i];
            if (step.Cut > 0)
            {
                run.Restore(step.Cut);
            }

            // Numbers are unique, so that a text names its event; the order of numbers is not that of time.
            string item = $"{step.Kind}{(step.Time * 100) + i}";
            run.Add(item, step.Time);
            if (step.Time > watermark)
            {
                accepted.Add((step.Time, PatternRun.Parse(item)));
            }

            if (step.Watermark > watermark)
            {
                run.Watermark(watermark = step.Watermark);
            }
        }

        run.Watermark(1_000_000);
        return (run.Matches, [.. accepted.OrderBy(e => e.Time)]);
    }

    private static Gen<Scenario> Scenarios(bool simple) =>
        (from stages in Stages(simple).ListOf()
         from steps in Steps().ListOf()
         from pastLast in Gen.Elements(true, false)
         where stages.Count is > 0 and <= 4 && steps.Count <= 9
         let scenario = new Scenario([.. stages.Select((stage, i) => i == 0 ? stage with { Contiguity = Contiguity.Strict } : stage)], [.. steps], pastLast)
         where IsValid(scenario)
         select scenario).Resize(9);

    private static bool IsValid(Scenario scenario)
    {
        try
        {
            AutomatonCompiler<Item>.Compile(StageSpec.Build(scenario.Stages, TimeSpan.FromMilliseconds(Window), AfterMatchSkipStrategy.NoSkip()));
            return true;
        }
        catch (MalformedPatternException)
        {
            return false;
        }
    }

    private static Gen<StageSpec> Stages(bool simple) =>
        from contiguity in simple ? Gen.Elements(Contiguity.Strict, Contiguity.Relaxed, Contiguity.Any) : Gen.Elements(
            Contiguity.Strict, Contiguity.Relaxed, Contiguity.Relaxed, Contiguity.Any, Contiguity.NotNext, Contiguity.NotFollow)
        from kinds in Gen.Elements("a", "b", "c", "ab", "bc")
        from isQuantified in Gen.Elements(true, false)
        from start in Gen.Choose(1, 2)
        from length in Gen.Elements(0, 1, 2, 9)
        from inner in Gen.Elements(Contiguity.Strict, Contiguity.Relaxed, Contiguity.Relaxed, Contiguity.Any)
        from isOptional in Gen.Elements(true, false, false)
        from isGreedy in Gen.Elements(true, false, false)
        from isAscending in Gen.Elements(true, false, false, false)
        let positive = contiguity is not (Contiguity.NotNext or Contiguity.NotFollow)
        let repeated = isQuantified && positive
        let range = repeated && (start > 1 || length > 0)
        select new StageSpec(
            contiguity,
            kinds,
            repeated ? start : 1,
            !repeated ? 1 : length == 9 ? int.MaxValue : start + length,
            inner,
            repeated,
            isOptional && positive,
            isGreedy && range && length > 0 && inner != Contiguity.Any,
            isAscending,
            UntilNumber: 0);

    private static Gen<Step> Steps() =>
        from kind in Gen.Elements('a', 'b', 'c')
        from time in Gen.Choose(1, 90)
        from watermark in Gen.Elements(0, 0, 20, 40, 60, 80)
        from cut in Gen.Elements(0, 0, 0, 1, 2)
        select new Step(kind, time, watermark, cut);

    internal sealed record Step(char Kind, long Time, long Watermark, int Cut);

    internal sealed record Scenario(StageSpec[] Stages, Step[] Steps, bool PastLast)
    {
        public override string ToString() => string.Join(" -> ", Stages.Select(stage => stage.ToString()));
    }
}
