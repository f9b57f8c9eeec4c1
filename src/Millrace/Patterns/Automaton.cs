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
