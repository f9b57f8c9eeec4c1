namespace Millrace.Patterns;

/// <summary>A compiled pattern: nondeterministic, with edges that take, ignore and proceed, after Agrawal et al., "Efficient Pattern Matching over Event Streams" (SIGMOD 2008), as in Flink.</summary>
internal sealed class Automaton<T>(Pattern<T> pattern, IReadOnlyList<AutomatonState> states, int start)
{
    public const long NoWindow = long.MaxValue;

    public IReadOnlyList<AutomatonState> States { get; } = states;

    public AutomatonState Start { get; } = states[start];

    public PatternStage<T>[] Stages { get; } = [.. pattern.Stages];

    public IReadOnlyList<string> Names { get; } = [.. pattern.Stages.Select(stage => stage.Name)];

    public AfterMatchSkipStrategy SkipStrategy { get; } = pattern.SkipStrategy;

    /// <summary>Stage that the skip strategy names; -1 = none.</summary>
    public int SkipStage { get; } = pattern.Stages.Select((stage, i) => (stage, i)).Where(entry => string.Equals(entry.stage.Name, pattern.SkipStrategy.PatternName, StringComparison.Ordinal))
        .Select(entry => entry.i).DefaultIfEmpty(-1).First();

    /// <summary>Milliseconds, exclusive.</summary>
    public long Window { get; } = pattern.Window is { } window ? (long)window.TotalMilliseconds : NoWindow;

    /// <summary>What partial matches in state depend on.</summary>
    public string Shape { get; } = string.Join(" -> ", pattern.Stages);

    /// <summary>When a partial match times out.</summary>
    public long TimeoutOf(long startTimestamp) => startTimestamp > long.MaxValue - Window ? long.MaxValue : startTimestamp + Window;

    public int StageOf(string name)
    {
        for (int stage = 0; stage < Stages.Length; stage++)
        {
            if (string.Equals(Stages[stage].Name, name, StringComparison.Ordinal))
            {
                return stage;
            }
        }

        throw new ArgumentException($"A condition asks for events of the pattern '{name}'; there are only {string.Join(", ", Names)}.", nameof(name));
    }
}
