namespace Millrace.Patterns;

/// <summary>Finds what is wrong with a pattern, all at once.</summary>
internal static class PatternValidator
{
    public static void Check<T>(Pattern<T> pattern)
    {
        List<string> errors = [];
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (PatternStage<T> leaf in pattern.Stages.SelectMany(stage => stage.Leaves).Where(leaf => !names.Add(leaf.Name)))
        {
            errors.Add($"The name '{leaf.Name}' is given to more than one pattern; names must be unique.");
        }

        CheckSequence(pattern, pattern.Stages, [], errors);
        string[] taken = [.. pattern.Stages.SelectMany(stage => stage.Leaves).Where(leaf => !leaf.IsNegative).Select(leaf => leaf.Name)];
        if (pattern.SkipStrategy.PatternName is { } target && !taken.Contains(target, StringComparer.Ordinal))
        {
            errors.Add(
                $"The skip strategy {pattern.SkipStrategy} names a pattern that no event is taken for; expected one of "
                    + $"{string.Join(", ", taken)}."
            );
        }

        if (errors.Count > 0)
        {
            throw new MalformedPatternException(
                $"Pattern '{pattern}' cannot be matched:\n{string.Join('\n', errors.Select(error => "- " + error))}"
            );
        }
    }

    /// <summary>Checks a sequence that is followed by others, up to the end of the pattern.</summary>
    private static void CheckSequence<T>(
        Pattern<T> pattern,
        IReadOnlyList<PatternStage<T>> stages,
        IReadOnlyList<PatternStage<T>> after,
        List<string> errors
    )
    {
        bool isGroup = !ReferenceEquals(stages, pattern.Stages);
        if (stages.All(stage => !stage.IsRequired))
        {
            errors.Add(
                $"Every pattern{(isGroup ? $" of the group ({string.Join(", ", stages.Select(stage => stage.Name))})" : "")} is Optional, "
                    + "so that nothing at all would match; make one required."
            );
        }

        for (int i = 0; i < stages.Count; i++)
        {
            PatternStage<T>[] following = [.. stages.Skip(i + 1), .. after];
            errors.AddRange(stages[i].Errors);
            CheckTimes(pattern, stages[i], isLast: following.Length == 0, isFirst: !isGroup && i == 0, errors);
            CheckStage(pattern, stages[i], i == 0 ? null : stages[i - 1], following, errors);
            if (stages[i].Group is { } group)
            {
                CheckSequence(pattern, group, following, errors);
            }
        }
    }

    private static void CheckTimes<T>(Pattern<T> pattern, PatternStage<T> stage, bool isLast, bool isFirst, List<string> errors)
    {
        foreach (TimeSpan gap in new[] { stage.Gap, stage.RepetitionGap }.OfType<TimeSpan>().Where(gap => gap > pattern.Window))
        {
            errors.Add(
                $"'{stage.Name}' allows {gap} between two events, longer than the {pattern.Window} that the whole pattern has; make it "
                    + "shorter."
            );
        }

        if (stage.Gap is not null && isFirst)
        {
            errors.Add(
                $"'{stage.Name}' begins the pattern, so that no event is before it to measure from; say the time in the quantifier, or "
                    + "leave it out."
            );
        }

        if (stage.Gap is not null && stage.IsNegative && !isLast)
        {
            errors.Add(
                $"'{stage.Name}' is a NotNext or NotFollowedBy that others follow, so that no event is taken for it to measure to; say "
                    + "Within(..., PreviousAndCurrent) on what follows."
            );
        }
    }

    private static void CheckStage<T>(
        Pattern<T> pattern,
        PatternStage<T> stage,
        PatternStage<T>? previous,
        PatternStage<T>[] following,
        List<string> errors
    )
    {
        bool requiredFollows = following.Any(later => later.IsRequired);
        if (stage.IsGreedy && !requiredFollows)
        {
            errors.Add(
                $"'{stage.Name}' is Greedy but no required pattern follows, so it could never be told that no more events come; add one, "
                    + "or leave Greedy out."
            );
        }

        if (!stage.IsNegative)
        {
            return;
        }

        if (previous is null)
        {
            errors.Add($"'{stage.Name}' is a NotNext or NotFollowedBy with nothing before it; begin with a pattern that takes an event.");
            return;
        }

        if (previous.IsOptional)
        {
            errors.Add(
                $"'{stage.Name}' is a NotNext or NotFollowedBy after the optional '{previous.Name}'; use two patterns, one with and one "
                    + "without the optional part."
            );
        }

        if (stage.Contiguity == Contiguity.NotNext && previous.IsNegative)
        {
            errors.Add(
                $"'{stage.Name}' is a NotNext after '{previous.Name}', which takes no event; say NotNext first, or join the conditions by "
                    + "||."
            );
        }

        if (!requiredFollows && following.Any(later => !later.IsNegative))
        {
            errors.Add(
                $"'{stage.Name}' is a NotNext or NotFollowedBy before optional patterns only, so it would not be looked at; make one of "
                    + "them required."
            );
        }

        if (stage.Contiguity == Contiguity.NotFollow && !requiredFollows && pattern.Window is null && stage.Gap is null)
        {
            errors.Add(
                $"'{stage.Name}' is a NotFollowedBy at the end, so a match would never be certain; add Within(...), or let a pattern "
                    + "follow."
            );
        }
    }
}

/// <summary>A pattern makes no sense as declared. The message lists everything that is wrong with it.</summary>
public sealed class MalformedPatternException : Exception
{
    /// <summary>Creates the exception.</summary>
    public MalformedPatternException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">All errors, each with subject, actual, expected and remedy.</param>
    public MalformedPatternException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">All errors, each with subject, actual, expected and remedy.</param>
    /// <param name="innerException">The cause.</param>
    public MalformedPatternException(string message, Exception innerException)
        : base(message, innerException) { }
}
