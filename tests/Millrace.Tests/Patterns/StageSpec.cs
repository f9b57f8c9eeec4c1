using Millrace.Patterns;

namespace Millrace.Tests.Patterns;

/// <summary>An element of a random pattern, understood by both the library and the naive model.</summary>
internal sealed record StageSpec(string Name, Contiguity Contiguity, string Kinds)
{
    /// <summary><see langword="null"/> = not a group.</summary>
    public StageSpec[]? Group { get; init; }

    public int From { get; init; } = 1;

    public int To { get; init; } = 1;

    public Contiguity Inner { get; init; } = Contiguity.Relaxed;

    public bool IsQuantified { get; init; }

    public bool IsOptional { get; init; }

    public bool IsGreedy { get; init; }

    /// <summary>Whether an event must have at least the number of all events taken before it.</summary>
    public bool IsAscending { get; init; }

    /// <summary>Kinds of events that end the repetition; empty = none.</summary>
    public string UntilKinds { get; init; } = "";

    /// <summary>Milliseconds; 0 = no limit.</summary>
    public int Gap { get; init; }

    /// <summary>Milliseconds; 0 = no limit.</summary>
    public int RepetitionGap { get; init; }

    public bool IsNegative => Contiguity is Contiguity.NotNext or Contiguity.NotFollow;

    /// <summary>The names of all patterns that take events.</summary>
    public IEnumerable<string> Names =>
        Group is not null ? Group.SelectMany(stage => stage.Names)
        : IsNegative ? []
        : [Name];

    public override string ToString() =>
        $"{Contiguity} "
        + $"{(Group is null ? $"{Name}[{Kinds}]" : $"({string.Join(" -> ", Group.AsEnumerable())})")}"
        + $"{(IsQuantified ? $"{{{From},{(To == int.MaxValue ? "" : To)}}}{Inner}" : "")}{(IsOptional ? "?" : "")}"
        + $"{(IsGreedy ? " greedy" : "")}{(IsAscending ? " ascending" : "")}{(UntilKinds.Length > 0 ? $" until {UntilKinds}" : "")}"
        + $"{(Gap > 0 ? $" gap {Gap}" : "")}{(RepetitionGap > 0 ? $" repetition gap {RepetitionGap}" : "")}";

    /// <summary>The stage's condition, given the events taken so far for any stage.</summary>
    public bool Fits(Item item, IEnumerable<Item> taken) =>
        Kinds.Contains(item.Kind, StringComparison.Ordinal) && (!IsAscending || taken.All(earlier => earlier.Number <= item.Number));

    public bool Ends(Item item) => UntilKinds.Contains(item.Kind, StringComparison.Ordinal);

    public static Pattern<Item> Build(IReadOnlyList<StageSpec> stages, int window, AfterMatchSkipStrategy skip)
    {
        Pattern<Item> pattern = Build(stages, [.. stages.SelectMany(stage => stage.Names)], skip);
        return window > 0 ? pattern.Within(TimeSpan.FromMilliseconds(window)) : pattern;
    }

    private static Pattern<Item> Build(IReadOnlyList<StageSpec> stages, string[] names, AfterMatchSkipStrategy? skip)
    {
        Pattern<Item>? pattern = null;
        foreach (StageSpec stage in stages)
        {
            Pattern<Item>? group = stage.Group is null ? null : Build(stage.Group, names, null);
            pattern = (pattern, group) switch
            {
                (null, null) => Pattern.Begin<Item>(stage.Name, skip),
                (null, _) => Pattern.Begin(group, skip),
                (_, null) => stage.Contiguity switch
                {
                    Contiguity.Strict => pattern.Next(stage.Name),
                    Contiguity.Relaxed => pattern.FollowedBy(stage.Name),
                    Contiguity.Any => pattern.FollowedByAny(stage.Name),
                    Contiguity.NotNext => pattern.NotNext(stage.Name),
                    _ => pattern.NotFollowedBy(stage.Name),
                },
                _ => stage.Contiguity switch
                {
                    Contiguity.Strict => pattern.Next(group),
                    Contiguity.Relaxed => pattern.FollowedBy(group),
                    _ => pattern.FollowedByAny(group),
                },
            };
            pattern = stage.Refine(pattern, names);
        }

        return pattern!;
    }

    private static TimeSpan? Span(int milliseconds) => milliseconds > 0 ? TimeSpan.FromMilliseconds(milliseconds) : null;

    private Pattern<Item> Refine(Pattern<Item> pattern, string[] names)
    {
        if (Group is null)
        {
            pattern = IsAscending
                ? pattern.Where((item, context) => Fits(item, names.SelectMany(context.GetEventsForPattern)))
                : pattern.Where(item => Fits(item, []));
        }

        if (IsQuantified)
        {
            pattern = To == int.MaxValue ? pattern.TimesOrMore(From, Span(RepetitionGap)) : pattern.Times(From, To, Span(RepetitionGap));
            pattern =
                Inner == Contiguity.Strict ? pattern.Consecutive()
                : Inner == Contiguity.Any ? pattern.AllowCombinations()
                : pattern;
            pattern = UntilKinds.Length > 0 ? pattern.Until(Ends) : pattern;
            pattern = IsGreedy ? pattern.Greedy() : pattern;
        }

        pattern = Span(Gap) is { } gap ? pattern.Within(gap, WithinType.PreviousAndCurrent) : pattern;
        return IsOptional ? pattern.Optional() : pattern;
    }
}
