namespace Millrace.Patterns;

/// <summary>Runs the automaton over the events of one key at a time, in order of time.</summary>
internal sealed class Matcher<T>(Automaton<T> automaton, IMatchListener<T> listener)
{
    private readonly StageConditions<T> _conditions = new(automaton);
    private readonly MatchSkipper<T> _skipper = new(automaton);
    private readonly HashSet<MatchNode<T>> _reported = [];
    private readonly List<PartialMatch<T>> _next = [];
    private readonly List<PartialMatch<T>> _found = [];
    private MatchEvent<T>? _event;
    private T _value = default!;
    private long _timestamp;
    private long _sequence;

    /// <summary>Feeds an event.</summary>
    public void Process(KeyMatches<T> key, T value, long timestamp)
    {
        AdvanceTime(key, timestamp);
        _sequence = key.NextSequence++;
        _event = null;
        _value = value;
        _timestamp = timestamp;
        _conditions.BeginEvent(value, timestamp);
        foreach (PartialMatch<T> partial in key.Partial)
        {
            _conditions.BeginPartialMatch(partial.Last);
            Step(automaton.Ways[partial.Way], partial);
        }

        _conditions.BeginPartialMatch(null);
        foreach (AutomatonWay way in automaton.States[0].Ways)
        {
            Step(way, default);
        }

        KeepNext(key);
        Conclude(key, timestamp);
    }

    /// <summary>Forgets an event whose condition threw: it is as if it had never come.</summary>
    public void Abandon()
    {
        _next.Clear();
        _found.Clear();
        _reported.Clear();
    }

    /// <summary>Ends the partial matches whose time is over.</summary>
    public void AdvanceTime(KeyMatches<T> key, long time)
    {
        long timeout = NextTimeout(key);
        while (timeout != long.MaxValue && timeout <= time)
        {
            TimeOut(key, timeout);
            Conclude(key, timeout);
            timeout = NextTimeout(key);
        }
    }

    /// <summary>When a partial match times out next; <see cref="long.MaxValue"/> = never.</summary>
    public long NextTimeout(KeyMatches<T> key)
    {
        if (!automaton.HasGaps)
        {
            return key.Partial.Count == 0 ? long.MaxValue : automaton.TimeoutOf(key.Partial[0]);
        }

        long next = long.MaxValue;
        foreach (PartialMatch<T> partial in key.Partial)
        {
            next = Math.Min(next, automaton.TimeoutOf(partial));
        }

        return next;
    }

    /// <summary>Partial matches on several ways with the same events are one to the user, which is over when the last of them is.</summary>
    private void TimeOut(KeyMatches<T> key, long time)
    {
        List<PartialMatch<T>> partials = key.Partial;
        foreach (PartialMatch<T> partial in partials)
        {
            if (automaton.TimeoutOf(partial) > time)
            {
                _next.Add(partial);
                _reported.Add(partial.Last);
            }
        }

        foreach (PartialMatch<T> partial in partials)
        {
            if (automaton.Ways[partial.Way].IsPending && automaton.TimeoutOf(partial) <= time)
            {
                _found.Add(partial);
                _reported.Add(partial.Last);
            }
        }

        if (listener.WantsTimeouts)
        {
            foreach (PartialMatch<T> partial in partials)
            {
                if (_reported.Add(partial.Last))
                {
                    listener.OnTimeout(Materialize(partial.Last), time);
                }
            }
        }

        _reported.Clear();
        KeepNext(key);
    }

    /// <summary>The lists stay where they are, so that a key does not end up with one that another has made long.</summary>
    private void KeepNext(KeyMatches<T> key)
    {
        key.Partial.Clear();
        key.Partial.AddRange(_next);
        _next.Clear();
    }

    private void Step(AutomatonWay way, PartialMatch<T> partial)
    {
        if (_conditions.FitsAny(way.Stops) || _conditions.FitsAny(way.FirstStops))
        {
            return;
        }

        int i = 0;
        while (i < way.Guards.Length)
        {
            if (_conditions.Ends(way.Guards[i]))
            {
                way = way.WithoutGuard[i];
                i = 0;
            }
            else if (_conditions.Fits(way.Guards[i]))
            {
                return;
            }
            else
            {
                i++;
            }
        }

        if (way.IsEnd)
        {
            (way.IsPending ? _next : _found).Add(partial with { Way = way.Ignored.Index });
            return;
        }

        bool fits = _conditions.Fits(way.Stage);
        if (fits && !_conditions.EndsAny(way.TakeUntils))
        {
            Take(way, partial);
        }

        if (
            partial.Last is not null
            && way.Contiguity != Contiguity.Strict
            && (!fits || way.Contiguity == Contiguity.Any)
            && !_conditions.EndsAny(way.IgnoreUntils)
        )
        {
            _next.Add(partial with { Way = way.Ignored.Index });
        }
    }

    private void Take(AutomatonWay way, PartialMatch<T> partial)
    {
        _event ??= new MatchEvent<T>(_value, _timestamp, _sequence);
        MatchNode<T> node = new(partial.Last, way.Stage, _event);
        PartialMatch<T> taken = partial.Last is null
            ? new PartialMatch<T>(way.Index, node, _timestamp, _sequence)
            : partial with
            {
                Way = way.Index,
                Last = node,
            };
        AutomatonState state = automaton.States[way.Target];
        if (state.IsAccepting)
        {
            _found.Add(taken);
        }

        foreach (AutomatonWay onwards in state.Ways)
        {
            _next.Add(taken with { Way = onwards.Index });
        }
    }

    /// <summary>Emits the matches found, as far as the skip strategy lets them.</summary>
    private void Conclude(KeyMatches<T> key, long timestamp)
    {
        if (_found.Count == 0 && key.Completed.Count == 0)
        {
            return;
        }

        if (automaton.SkipStrategy.Kind == SkipKind.NoSkip)
        {
            foreach (PartialMatch<T> match in _found)
            {
                listener.OnMatch(Materialize(match.Last), timestamp);
            }
        }
        else
        {
            _skipper.Add(_found, key.Completed);
            while (_skipper.TryTake(key.Completed, key.Partial) is { } last)
            {
                listener.OnMatch(Materialize(last), timestamp);
            }
        }

        _found.Clear();
    }

    private PatternMatch<T> Materialize(MatchNode<T> last)
    {
        T[] events = new T[last.Count];
        int[] stages = new int[last.Count];
        for (MatchNode<T>? node = last; node is not null; node = node.Previous)
        {
            events[node.Count - 1] = node.Event.Value;
            stages[node.Count - 1] = node.Stage;
        }

        return new PatternMatch<T>(automaton.Names, events, stages);
    }
}

/// <summary>Takes what a matcher finds.</summary>
internal interface IMatchListener<T>
{
    /// <summary>Whether timeouts are of interest.</summary>
    bool WantsTimeouts { get; }

    void OnMatch(PatternMatch<T> match, long timestamp);

    void OnTimeout(PatternMatch<T> match, long timestamp);
}
