namespace Millrace.Patterns;

/// <summary>Outcomes of the conditions on the present event: each is evaluated once per event, those on earlier events once per partial match.</summary>
internal sealed class StageConditions<T> : IPatternConditionContext<T>
{
    private const sbyte Unknown = -1;

    private readonly Automaton<T> _automaton;
    private readonly sbyte[] _outcomes;
    private readonly int[] _iterative;
    private T _value = default!;
    private MatchNode<T>? _last;

    public StageConditions(Automaton<T> automaton)
    {
        _automaton = automaton;
        _outcomes = new sbyte[automaton.Stages.Length];
        _iterative = [.. Enumerable.Range(0, _outcomes.Length).Where(i => automaton.Stages[i].Condition?.IsIterative == true || automaton.Stages[i].Until?.IsIterative == true)];
    }

    public long Timestamp { get; private set; }

    public void BeginEvent(T value, long timestamp)
    {
        _value = value;
        Timestamp = timestamp;
        Array.Fill(_outcomes, Unknown);
    }

    public void BeginPartialMatch(MatchNode<T>? last)
    {
        _last = last;
        foreach (int stage in _iterative)
        {
            _outcomes[stage] = Unknown;
        }
    }

    public bool Holds(int stage, byte table)
    {
        if (table == Truth.Always)
        {
            return true;
        }

        sbyte outcome = _outcomes[stage];
        if (outcome == Unknown)
        {
            outcome = _outcomes[stage] = Evaluate(_automaton.Stages[stage]);
        }

        return (table >> outcome & 1) != 0;
    }

    public IReadOnlyList<T> GetEventsForPattern(string name)
    {
        int stage = _automaton.StageOf(name);
        List<T> events = [];
        for (MatchNode<T>? node = _last; node is not null; node = node.Previous)
        {
            if (node.Stage == stage)
            {
                events.Add(node.Event.Value);
            }
        }

        events.Reverse();
        return events;
    }

    private sbyte Evaluate(PatternStage<T> stage) =>
        (sbyte)((stage.Condition is null || stage.Condition.Holds(_value, this) ? 1 : 0) | (stage.Until is not null && stage.Until.Holds(_value, this) ? 2 : 0));
}
