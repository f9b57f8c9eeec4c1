namespace Millrace.Patterns;

/// <summary>Runs the automaton over the events of one key at a time, in order of time.</summary>
internal sealed class Matcher<TKey, T>(Automaton<T> automaton, IMatchListener<T> listener)
{
    private readonly StageConditions<T> _conditions = new(automaton);
    private readonly MatchSkipper<T> _skipper = new(automaton);
    private readonly HashSet<MatchNode<T>> _timedOut = [];
    private List<PartialMatch<T>> _next = [];
    private List<PartialMatch<T>> _found = [];
    private MatchEvent<T>? _event;
    private long _sequence;

    /// <summary>Feeds an event.</summary>
    public void Process(KeyMatches<TKey, T> key, T value, long timestamp)
    {
        AdvanceTime(key, timestamp);
        _sequence = key.NextSequence++;
        _event = null;
        _conditions.BeginEvent(value, timestamp);
        foreach (PartialMatch<T> partial in key.Partial)
        {
            Step(automaton.States[partial.State], partial, value, timestamp);
        }

        Step(automaton.Start, default, value, timestamp);
        (key.Partial, _next) = (_next, key.Partial);
        _next.Clear();
        Conclude(key, timestamp);
    }

    /// <summary>Ends the partial matches whose time is over.</summary>
    public void AdvanceTime(KeyMatches<TKey, T> key, long time)
    {
        List<PartialMatch<T>> partial = key.Partial;
        while (partial.Count > 0 && automaton.Window != Automaton<T>.NoWindow && automaton.TimeoutOf(partial[0].StartTimestamp) <= time)
        {
            long start = partial[0].StartTimestamp;
            int count = 1;
            while (count < partial.Count && partial[count].StartTimestamp == start)
            {
                count++;
            }

            TimeOut(partial, count, automaton.TimeoutOf(start));
            partial.RemoveRange(0, count);
            Conclude(key, automaton.TimeoutOf(start));
        }
    }

    /// <summary>Partial matches in several states with the same events are one to the user.</summary>
    private void TimeOut(List<PartialMatch<T>> partial, int count, long time)
    {
        for (int i = 0; i < count; i++)
        {
            if (automaton.States[partial[i].State].CompletesAtTimeout && _timedOut.Add(partial[i].Last))
            {
                _found.Add(partial[i]);
            }
        }

        for (int i = 0; i < count && listener.WantsTimeouts; i++)
        {
            if (_timedOut.Add(partial[i].Last))
            {
                listener.OnTimeout(Materialize(partial[i].Last), time);
            }
        }

        _timedOut.Clear();
    }

    private void Step(AutomatonState state, PartialMatch<T> partial, T value, long timestamp)
    {
        int next = _next.Count;
        int found = _found.Count;
        _conditions.BeginPartialMatch(partial.Last);
        if (!Visit(state, partial, value, timestamp))
        {
            _next.RemoveRange(next, _next.Count - next);
            _found.RemoveRange(found, _found.Count - found);
        }
    }

    /// <summary>Follows the transitions of a state.</summary>
    /// <returns>Whether the partial match lives on.</returns>
    private bool Visit(AutomatonState state, PartialMatch<T> partial, T value, long timestamp)
    {
        foreach (int stop in state.Stops)
        {
            if (_conditions.Holds(stop, Truth.Condition))
            {
                return false;
            }
        }

        foreach (int guard in state.Guards)
        {
            if (_conditions.Holds(guard, Truth.Condition))
            {
                return true;
            }
        }

        foreach (AutomatonTransition transition in state.Transitions)
        {
            if (!_conditions.Holds(transition.Stage, transition.Table))
            {
                continue;
            }

            AutomatonState target = automaton.States[transition.Target];
            switch (transition.Action)
            {
                case AutomatonAction.Proceed when !Visit(target, partial, value, timestamp):
                    return false;
                case AutomatonAction.Ignore when partial.Last is not null:
                    Reach(target, partial);
                    break;
                case AutomatonAction.Take:
                    _event ??= new MatchEvent<T>(value, timestamp, _sequence);
                    MatchNode<T> node = new(partial.Last, state.Stage, _event);
                    Reach(target, partial.Last is null ? new PartialMatch<T>(0, node, timestamp, _sequence) : partial with { Last = node });
                    if (!target.IsFinal && target.IsAccepting)
                    {
                        _found.Add(new PartialMatch<T>(target.Index, node, partial.Last is null ? timestamp : partial.StartTimestamp, partial.Last is null ? _sequence : partial.StartSequence));
                    }

                    break;
                default:
                    break;
            }
        }

        return true;
    }

    private void Reach(AutomatonState target, PartialMatch<T> partial) => (target.IsFinal ? _found : _next).Add(partial with { State = target.Index });

    /// <summary>Emits the matches found, as far as the skip strategy lets them.</summary>
    private void Conclude(KeyMatches<TKey, T> key, long timestamp)
    {
        if (_found.Count == 0 && key.Completed.Count == 0)
        {
            return;
        }

        List<PartialMatch<T>> found = _found;
        _found = [];
        if (automaton.SkipStrategy.Kind == SkipKind.NoSkip)
        {
            foreach (PartialMatch<T> match in found)
            {
                listener.OnMatch(Materialize(match.Last), timestamp);
            }
        }
        else
        {
            _skipper.Add(found, key.Completed);
            while (_skipper.TryTake(key.Completed, key.Partial) is { } last)
            {
                listener.OnMatch(Materialize(last), timestamp);
            }
        }

        found.Clear();
        _found = found;
    }

    private PatternMatch<T> Materialize(MatchNode<T> last)
    {
        var events = new List<T>?[automaton.Stages.Length];
        for (MatchNode<T>? node = last; node is not null; node = node.Previous)
        {
            (events[node.Stage] ??= []).Add(node.Event.Value);
        }

        foreach (List<T>? stage in events)
        {
            stage?.Reverse();
        }

        return new PatternMatch<T>(automaton.Names, events);
    }
}
