using Millrace.Patterns;

namespace Millrace.Tests.Patterns;

/// <summary>A random pattern's stage, understood by both the library and the naive model.</summary>
internal sealed record StageSpec(
    Contiguity Contiguity, string Kinds, int From, int To, Contiguity Inner, bool IsQuantified, bool IsOptional, bool IsGreedy, bool IsAscending, int UntilNumber)
{
    public bool IsNegative => Contiguity is Contiguity.NotNext or Contiguity.NotFollow;

    public override string ToString() =>
        $"{Contiguity} [{Kinds}]{(IsQuantified ? $"{{{From},{To}}}{Inner}" : "")}{(IsOptional ? "?" : "")}{(IsGreedy ? " greedy" : "")}{(IsAscending ? " ascending" : "")}{(UntilNumber > 0 ? $" until {UntilNumber}" : "")}";

    /// <summary>The stage's condition, given the numbers of the events taken so far for any stage.</summary>
    public bool Fits(Item item, IEnumerable<Item> taken) => Kinds.Contains(item.Kind, StringComparison.Ordinal) && (!IsAscending || taken.All(earlier => earlier.Number <= item.Number));

    public bool Ends(Item item) => UntilNumber > 0 && item.Number == UntilNumber;

    public static Pattern<Item> Build(IReadOnlyList<StageSpec> stages, TimeSpan? within, AfterMatchSkipStrategy skip)
    {
        Pattern<Item>? pattern = null;
        for (int i = 0; i < stages.Count; i++)
        {
            string name = $"s{i}";
            pattern = pattern is null ? Pattern.Begin<Item>(name, skip) : stages[i].Contiguity switch
            {
                Contiguity.Strict => pattern.Next(name),
                Contiguity.Relaxed => pattern.FollowedBy(name),
                Contiguity.Any => pattern.FollowedByAny(name),
                Contiguity.NotNext => pattern.NotNext(name),
                _ => pattern.NotFollowedBy(name),
            };
            pattern = stages[i].Refine(pattern, [.. Enumerable.Range(0, i + 1).Where(stage => !stages[stage].IsNegative).Select(stage => $"s{stage}")]);
        }

        return within is { } window ? pattern!.Within(window) : pattern!;
    }

    private Pattern<Item> Refine(Pattern<Item> pattern, string[] names)
    {
        pattern = IsAscending
            ? pattern.Where((item, context) => Fits(item, names.SelectMany(context.GetEventsForPattern)))
            : pattern.Where(item => Fits(item, []));
        if (IsQuantified)
        {
            pattern = To == int.MaxValue ? pattern.TimesOrMore(From) : pattern.Times(From, To);
            pattern = Inner == Contiguity.Strict ? pattern.Consecutive() : Inner == Contiguity.Any ? pattern.AllowCombinations() : pattern;
            pattern = UntilNumber > 0 ? pattern.Until(Ends) : pattern;
            pattern = IsGreedy ? pattern.Greedy() : pattern;
        }

        return IsOptional ? pattern.Optional() : pattern;
    }
}
