namespace Millrace.Patterns;

/// <summary>Finds what is wrong with a pattern, all at once.</summary>
internal static class PatternValidator
{
    public static void Check<T>(Pattern<T> pattern)
    {
        List<string> errors = [.. pattern.Stages.SelectMany(stage => stage.Errors)];
        HashSet<string> names = new(StringComparer.Ordinal);
        for (int i = 0; i < pattern.Stages.Count; i++)
        {
            if (!names.Add(pattern.Stages[i].Name))
            {
                errors.Add($"The name '{pattern.Stages[i].Name}' is given to more than one pattern; names must be unique.");
            }

            CheckStage(pattern, i, errors);
        }

        if (pattern.Stages.All(stage => !stage.IsRequired))
        {
            errors.Add("Every pattern is Optional, so that nothing at all would match; make one required.");
        }

        if (pattern.SkipStrategy.PatternName is { } target && !pattern.Stages.Any(stage => !stage.IsNegative && string.Equals(stage.Name, target, StringComparison.Ordinal)))
        {
            errors.Add($"The skip strategy {pattern.SkipStrategy} names a pattern that no event is taken for; expected one of {string.Join(", ", pattern.Stages.Where(stage => !stage.IsNegative).Select(stage => stage.Name))}.");
        }

        if (errors.Count > 0)
        {
            throw new MalformedPatternException($"Pattern '{pattern}' cannot be matched:\n{string.Join('\n', errors.Select(error => "- " + error))}");
        }
    }

    private static void CheckStage<T>(Pattern<T> pattern, int i, List<string> errors)
    {
        PatternStage<T> stage = pattern.Stages[i];
        bool isLast = i == pattern.Stages.Count - 1;
        bool requiredFollows = pattern.Stages.Skip(i + 1).Any(later => later.IsRequired);
        if (stage.IsGreedy && !requiredFollows)
        {
            errors.Add($"'{stage.Name}' is Greedy but no required pattern follows, so it could never be told that no more events come; add one, or leave Greedy out.");
        }

        if (!stage.IsNegative)
        {
            return;
        }

        PatternStage<T> previous = pattern.Stages[i - 1];
        if (previous.IsOptional)
        {
            errors.Add($"'{stage.Name}' is a NotNext or NotFollowedBy after the optional '{previous.Name}'; use two patterns, one with and one without the optional part.");
        }

        if (stage.Contiguity == Contiguity.NotNext && previous.IsNegative)
        {
            errors.Add($"'{stage.Name}' is a NotNext after '{previous.Name}', which takes no event; say NotNext first, or join the conditions by ||.");
        }

        bool onlyNegativesFollow = pattern.Stages.Skip(i + 1).All(later => later.IsNegative);
        if (!onlyNegativesFollow && !requiredFollows)
        {
            errors.Add($"'{stage.Name}' is a NotNext or NotFollowedBy before optional patterns only, so it would not be looked at; make one of them required.");
        }

        if (stage.Contiguity == Contiguity.NotFollow && isLast && pattern.Window is null)
        {
            errors.Add($"'{stage.Name}' is a NotFollowedBy at the end, so a match would never be certain; add Within(...), or let a pattern follow.");
        }
    }
}
