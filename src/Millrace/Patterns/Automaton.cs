using System.Globalization;
using Millrace.Time;

namespace Millrace.Patterns;

/// <summary>
/// A compiled pattern: nondeterministic, after Agrawal et al., "Efficient Pattern Matching over Event Streams" (SIGMOD 2008), which Flink
/// follows too. Unlike there, moves that take no event are resolved when the pattern is compiled: each state lists the ways to all events
/// that may come next.
/// </summary>
internal sealed class Automaton<T>(
    Pattern<T> pattern,
    PatternStage<T>[] stages,
    int leaves,
    IReadOnlyList<AutomatonState> states,
    IReadOnlyList<AutomatonWay> ways
)
{
    public const long NoWindow = long.MaxValue;

    /// <summary>The first is the start.</summary>
    public IReadOnlyList<AutomatonState> States { get; } = states;

    public AutomatonWay[] Ways { get; } = [.. ways];

    /// <summary>Named patterns in order, and behind them the groups.</summary>
    public PatternStage<T>[] Stages { get; } = stages;

    /// <summary>Of the named patterns.</summary>
    public IReadOnlyList<string> Names { get; } = [.. stages.Take(leaves).Select(stage => stage.Name)];

    public AfterMatchSkipStrategy SkipStrategy { get; } = pattern.SkipStrategy;

    /// <summary>Stage that the skip strategy names; -1 = none.</summary>
    public int SkipStage { get; } =
        Array.FindIndex(
            stages,
            stage => stage.Group is null && string.Equals(stage.Name, pattern.SkipStrategy.PatternName, StringComparison.Ordinal)
        );

    /// <summary>Milliseconds, exclusive.</summary>
    public long Window { get; } = pattern.Window is { } window ? (long)window.TotalMilliseconds : NoWindow;

    /// <summary>Whether times between neighbouring events are limited.</summary>
    public bool HasGaps { get; } = ways.Any(way => way.Gap != AutomatonWay.NoGap);

    /// <summary>What partial matches in state depend on.</summary>
    public string Shape { get; } = string.Join(" -> ", pattern.Stages);

    /// <summary>When a partial match times out; <see cref="long.MaxValue"/> = never.</summary>
    public long TimeoutOf(PartialMatch<T> partial)
    {
        long timeout = Add(partial.StartTimestamp, Window);
        return HasGaps ? Math.Min(timeout, Add(partial.Last.Event.Timestamp, Ways[partial.Way].Gap)) : timeout;
    }

    public int StageOf(string name)
    {
        for (int stage = 0; stage < Names.Count; stage++)
        {
            if (string.Equals(Names[stage], name, StringComparison.Ordinal))
            {
                return stage;
            }
        }

        throw new ArgumentException(
            $"A condition asks for events of the pattern '{name}'; there are only {string.Join(", ", Names)}.",
            nameof(name)
        );
    }

    // No limit is never, whatever the time of the event.
    private static long Add(long timestamp, long duration) => duration == NoWindow ? long.MaxValue : EventTime.Add(timestamp, duration);
}

/// <summary>Where a partial match is after an event: what may be taken next.</summary>
internal sealed class AutomatonState(int index)
{
    public int Index { get; } = index;

    /// <summary>Whether nothing more is needed for a match.</summary>
    public bool IsAccepting { get; set; }

    /// <summary>All that a partial match tries from here, each on its own.</summary>
    public List<AutomatonWay> Ways { get; } = [];
}

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

/// <summary>A place in a pattern while it is compiled: an element of a sequence, or its end, and the groups around it.</summary>
internal sealed record AutomatonPlace<T>(IReadOnlyList<PatternStage<T>> Stages, int Index, AutomatonPlace<T>.Frame? Around)
{
    public bool IsEnd => Index == Stages.Count;

    public PatternStage<T> Stage => Stages[Index];

    public AutomatonPlace<T> After => this with { Index = Index + 1 };

    /// <summary>The groups around this, the innermost first.</summary>
    public IEnumerable<PatternStage<T>> Groups
    {
        get
        {
            for (Frame? frame = Around; frame is not null; frame = frame.Place.Around)
            {
                yield return frame.Place.Stage;
            }
        }
    }

    /// <summary>Tells places apart.</summary>
    public string Id =>
        string.Create(CultureInfo.InvariantCulture, $"{Around?.Place.Id}{(Around is null ? "" : $".{Around.Repetition}/")}{Index}");

    /// <summary>A repetition, counted from 1, of the group at a place.</summary>
    public sealed record Frame(AutomatonPlace<T> Place, int Repetition);
}
