using Millrace.Patterns;

namespace Millrace.Tests.Patterns;

/// <summary>The meaning of a pattern as the steps that its matches are made of; unfolded one by one, nothing is compiled.</summary>
internal sealed class NaivePattern(StageSpec[] stages)
{
    private delegate IEnumerable<NaiveStep> Rest(NaiveStep passed);

    /// <summary>The first steps of all matches.</summary>
    public IEnumerable<NaiveStep> First =>
        Sequence(stages, 0, new NaiveStep(null), null, [], passed => [passed with { Gap = LastOf(stages).Gap }]);

    private static StageSpec LastOf(StageSpec[] list) => list[^1].Group is { } group ? LastOf(group) : list[^1];

    private static IEnumerable<NaiveStep> Sequence(
        StageSpec[] list,
        int i,
        NaiveStep passed,
        NaiveStep? head,
        StageSpec[] groups,
        Rest rest
    )
    {
        if (i == list.Length)
        {
            return rest(passed);
        }

        StageSpec stage = list[i];
        IEnumerable<NaiveStep> Then(NaiveStep path) => Sequence(list, i + 1, path, null, groups, rest);
        if (stage.Contiguity == Contiguity.NotFollow)
        {
            return Then(passed with { Stops = [.. passed.Stops, stage] });
        }

        if (stage.Contiguity == Contiguity.NotNext)
        {
            return Then(passed with { FirstStops = [.. passed.FirstStops, stage] });
        }

        int gap = head is null ? stage.Gap : Shorter(head.Gap, stage.Gap);
        NaiveStep reached = passed with { Contiguity = head?.Contiguity ?? stage.Contiguity, Gap = gap };
        IEnumerable<NaiveStep> steps = stage.Group is null
            ? [Event(stage, 1, reached, groups, groups, Then)]
            : Repetition(stage, 1, reached, groups, Then);
        return stage.IsOptional ? steps.Concat(Then(stage.IsGreedy ? passed with { Guards = [.. passed.Guards, stage] } : passed)) : steps;
    }

    private static int Shorter(int left, int right) =>
        left == 0 ? right
        : right == 0 ? left
        : Math.Min(left, right);

    private static NaiveStep Event(
        StageSpec stage,
        int count,
        NaiveStep reached,
        StageSpec[] groups,
        StageSpec[] ignoreUntils,
        Rest rest
    ) =>
        reached with
        {
            Stage = stage,
            TakeUntils = [.. groups, stage],
            IgnoreUntils = ignoreUntils,
            Then = () => AfterEvent(stage, count, groups, rest),
        };

    private static IEnumerable<NaiveStep> AfterEvent(StageSpec stage, int count, StageSpec[] groups, Rest rest)
    {
        if (count < stage.To)
        {
            NaiveStep common = Common(rest);
            NaiveStep again = new(null)
            {
                Contiguity = stage.Inner,
                Gap = stage.RepetitionGap,
                Stops = common.Stops,
                FirstStops = count >= stage.From ? common.FirstStops : [],
            };
            yield return Event(stage, count + 1, again, groups, [.. groups, stage], rest);
        }

        if (count >= stage.From)
        {
            foreach (NaiveStep step in rest(new NaiveStep(null) { Guards = stage.IsGreedy ? [stage] : [] }))
            {
                yield return step;
            }
        }
    }

    private static IEnumerable<NaiveStep> Repetition(StageSpec group, int count, NaiveStep reached, StageSpec[] groups, Rest rest) =>
        Sequence(group.Group!, 0, reached, reached, [.. groups, group], passed => AfterRepetition(group, count, passed, groups, rest));

    private static IEnumerable<NaiveStep> AfterRepetition(StageSpec group, int count, NaiveStep passed, StageSpec[] groups, Rest rest)
    {
        IEnumerable<NaiveStep> steps = [];
        if (count < group.To)
        {
            NaiveStep common = count >= group.From ? Common(rest) : new NaiveStep(null);
            NaiveStep again = passed with
            {
                Contiguity = group.Inner,
                Gap = group.RepetitionGap,
                Stops = [.. passed.Stops, .. common.Stops],
                FirstStops = [.. passed.FirstStops, .. common.FirstStops],
            };
            steps = Repetition(group, count + 1, again, groups, rest);
        }

        return count >= group.From ? steps.Concat(rest(passed)) : steps;
    }

    /// <summary>What must not come, whichever step is next.</summary>
    private static NaiveStep Common(Rest rest)
    {
        NaiveStep[] steps = [.. rest(new NaiveStep(null))];
        return new NaiveStep(null)
        {
            Stops = [.. steps[0].Stops.Where(stop => steps.All(step => step.Stops.Contains(stop)))],
            FirstStops = [.. steps[0].FirstStops.Where(stop => steps.All(step => step.FirstStops.Contains(stop)))],
        };
    }
}
