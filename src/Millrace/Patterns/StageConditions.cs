namespace Millrace.Patterns;

/// <summary>
/// Outcomes of the conditions on the present event: each is evaluated once per event, those on earlier events once per partial match.
/// </summary>
internal sealed class StageConditions<T> : IPatternConditionContext<T>
{
    private const sbyte Unknown = -1;

    private readonly Automaton<T> _automaton;
    private readonly sbyte[] _conditions;
    private readonly sbyte[] _untils;
    private readonly int[] _iterative;
    private readonly List<T>[] _events;
    private readonly bool[] _hasEvents;
    private T _value = default!;
    private MatchNode<T>? _last;

    public StageConditions(Automaton<T> automaton)
    {
        _automaton = automaton;
        _conditions = new sbyte[automaton.Stages.Length];
        _untils = new sbyte[automaton.Stages.Length];
        _iterative =
        [
            .. Enumerable
                .Range(0, _conditions.Length)
                .Where(i => automaton.Stages[i].Condition?.IsIterative == true || automaton.Stages[i].Until?.IsIterative == true),
        ];
        _events = [.. automaton.Names.Select(_ => new List<T>())];
        _hasEvents = new bool[automaton.Names.Count];
    }

    public long Timestamp { get; private set; }

    public void BeginEvent(T value, long timestamp)
    {
        _value = value;
        Timestamp = timestamp;
        Array.Fill(_conditions, Unknown);
        Array.Fill(_untils, Unknown);
        Forget(null);
    }

    public void BeginPartialMatch(MatchNode<T>? last)
    {
        if (ReferenceEquals(last, _last))
        {
            return;
        }

        foreach (int stage in _iterative)
        {
            _conditions[stage] = Unknown;
            _untils[stage] = Unknown;
        }

        Forget(last);
    }

    public bool Fits(int stage)
    {
        sbyte outcome = _conditions[stage];
        return (outcome == Unknown ? _conditions[stage] = Evaluate(_automaton.Stages[stage].Condition, whenNone: 1) : outcome) != 0;
    }

    public bool Ends(int stage)
    {
        sbyte outcome = _untils[stage];
        return (outcome == Unknown ? _untils[stage] = Evaluate(_automaton.Stages[stage].Until, whenNone: 0) : outcome) != 0;
    }

    public bool FitsAny(int[] stages)
    {
        foreach (int stage in stages)
        {
            if (Fits(stage))
            {
                return true;
            }
        }

        return false;
    }

    public bool EndsAny(int[] stages)
    {
        foreach (int stage in stages)
        {
            if (Ends(stage))
            {
                return true;
            }
        }

        return false;
    }

    public IReadOnlyList<T> GetEventsForPattern(string name)
    {
        int stage = _automaton.StageOf(name);
        List<T> events = _events[stage];
        if (!_hasEvents[stage])
        {
            _hasEvents[stage] = true;
            for (MatchNode<T>? node = _last; node is not null; node = node.Previous)
            {
                if (node.Stage == stage)
                {
                    events.Add(node.Event.Value);
                }
            }

            events.Reverse();
        }

        return events;
    }

    private void Forget(MatchNode<T>? last)
    {
        _last = last;
        for (int stage = 0; stage < _events.Length; stage++)
        {
            if (_hasEvents[stage])
            {
                _events[stage].Clear();
                _hasEvents[stage] = false;
            }
        }
    }

    private sbyte Evaluate(PatternCondition<T>? condition, sbyte whenNone) =>
        condition is null ? whenNone
        : condition.Holds(_value, this) ? (sbyte)1
        : (sbyte)0;
}
