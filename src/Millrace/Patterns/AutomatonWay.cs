namespace Millrace.Patterns;

/// <summary>
/// A way on from a state: to the next event of a match, or to its end. What lies between is written down in it, so that ways from one state
/// need to know nothing of each other. Immutable once the automaton is made.
/// </summary>
internal sealed class AutomatonWay
{
    public const long NoGap = long.MaxValue;

    public required int Index { get; init; }

    /// <summary>The stage that an event is taken for; -1 = the pattern ends here.</summary>
    public required int Stage { get; init; }

    /// <summary>The state after an event has been taken.</summary>
    public required int Target { get; init; }

    /// <summary>Which events may be passed over.</summary>
    public required Contiguity Contiguity { get; init; }

    /// <summary>Stages (<c>NotFollowedBy</c>) whose condition ends this way.</summary>
    public required int[] Stops { get; init; }

    /// <summary>Stages (<c>NotNext</c>) whose condition ends this way, if the next event fulfils it.</summary>
    public required int[] FirstStops { get; init; }

    /// <summary>Greedy stages that were left or left out: their condition ends this way, until their <c>Until</c> has come.</summary>
    public required int[] Guards { get; init; }

    /// <summary>Stages whose <c>Until</c> forbids to take an event.</summary>
    public required int[] TakeUntils { get; init; }

    /// <summary>Stages whose <c>Until</c> forbids to pass over an event.</summary>
    public required int[] IgnoreUntils { get; init; }

    /// <summary>Milliseconds after the last event, exclusive.</summary>
    public required long Gap { get; init; }

    public bool IsEnd => Stage < 0;

    /// <summary>
    /// Whether a partial match here becomes a match when its time is over. An end that is not pending becomes one with the next event.
    /// </summary>
    public bool IsPending => IsEnd && Stops.Length > 0;

    /// <summary>This way once an event has been passed over.</summary>
    public AutomatonWay Ignored { get; set; } = null!;

    /// <summary>This way without each of its guards.</summary>
    public AutomatonWay[] WithoutGuard { get; set; } = [];
}
