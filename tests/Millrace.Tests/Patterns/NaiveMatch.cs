namespace Millrace.Tests.Patterns;

/// <summary>
/// A match: the events and what they were taken for, and when it was complete: at a time, before the events of that time (-1) or with one
/// of them. Ordered as skip strategies look at matches.
/// </summary>
internal sealed record NaiveMatch(
    (int Event, StageSpec Stage)[] Taken,
    long Time,
    int CompletedBy,
    IReadOnlyList<(long Time, Item Item)> Events
) : IComparable<NaiveMatch>
{
    public int Start => Taken[0].Event;

    public string Text => Format(Taken, Events);

    public static string Format((int Event, StageSpec Stage)[] taken, IReadOnlyList<(long Time, Item Item)> events) =>
        string.Join(
            ' ',
            taken
                .GroupBy(entry => entry.Stage.Name, StringComparer.Ordinal)
                .OrderBy(stage => stage.Key, StringComparer.Ordinal)
                .Select(stage => $"{stage.Key}=[{string.Join(", ", stage.Select(entry => events[entry.Event].Item))}]")
        );

    public int CompareTo(NaiveMatch? other)
    {
        int order = (Start, Time, CompletedBy, other!.Taken.Length).CompareTo((other.Start, other.Time, other.CompletedBy, Taken.Length));
        for (int i = 0; order == 0 && i < Taken.Length; i++)
        {
            order = Taken[i].Event.CompareTo(other.Taken[i].Event);
            order = order == 0 ? string.CompareOrdinal(Taken[i].Stage.Name, other.Taken[i].Stage.Name) : order;
        }

        return order;
    }
}
