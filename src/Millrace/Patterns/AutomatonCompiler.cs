using System.Globalization;

namespace Millrace.Patterns;

/// <summary>
/// Makes an automaton of a pattern, from its end. A state that can be left without an event and can also ignore events has a twin that can only ignore and take: to ignore an event is to decide
/// to stay, so that no match is found twice.
/// </summary>
internal sealed class AutomatonCompiler<T>
{
    private readonly IReadOnlyList<PatternStage<T>> _stages;
    private readonly List<AutomatonState> _states = [];
    private readonly Dictionary<string, int> _entries = new(StringComparer.Ordinal);

    private AutomatonCompiler(IReadOnlyList<PatternStage<T>> stages) => _stages = stages;

    /// <summary>Compiles a valid pattern.</summary>
    /// <exception cref="MalformedPatternException">The pattern is not valid.</exception>
    public static Automaton<T> Compile(Pattern<T> pattern)
    {
        PatternValidator.Check(pattern);
        AutomatonCompiler<T> compiler = new(pattern.Stages);
        int start = compiler.EntryOf(0, [], []);
        foreach (AutomatonState state in compiler._states)
        {
            state.IsAccepting = compiler.Reaches(state, target => target.IsFinal);
            state.CompletesAtTimeout = compiler.Reaches(state, target => target.IsPending);
        }

        return new Automaton<T>(pattern, compiler._states, start);
    }

    /// <summary>Whether a state leads to another without an event; what <c>NotNext</c> forbids has not come either.</summary>
    private bool Reaches(AutomatonState state, Predicate<AutomatonState> isWanted) =>
        isWanted(state) || state.Transitions.Exists(transition =>
            transition.Action == AutomatonAction.Proceed && (transition.Table == Truth.Always || state.Stage < 0) && Reaches(_states[transition.Target], isWanted));

    /// <summary>The state before a stage. While in it, the conditions of <paramref name="stops"/> end the partial match and those of <paramref name="guards"/> end it in this state.</summary>
    private int EntryOf(int i, int[] stops, int[] guards)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"{i}|{string.Join(',', stops)}|{string.Join(',', guards)}");
        if (!_entries.TryGetValue(id, out int entry))
        {
            entry = CreateEntry(i, stops, guards);
            _entries.Add(id, entry);
        }

        return entry;
    }

    private int CreateEntry(int i, int[] stops, int[] guards)
    {
        if (i == _stages.Count)
        {
            return stops.Length == 0 ? Add(-1, stops, guards, isFinal: true).Index : Pending(stops, guards);
        }

        return _stages[i].Contiguity switch
        {
            Contiguity.NotFollow => EntryOf(i + 1, [.. stops, i], guards),
            Contiguity.NotNext => NotNext(i, guards),
            _ => Positive(i, stops, guards),
        };
    }

    private int Pending(int[] stops, int[] guards)
    {
        AutomatonState state = Add(-1, stops, guards, isPending: true);
        Connect(state, AutomatonAction.Ignore, state.Index, 0, Truth.Always);
        return state.Index;
    }

    private int NotNext(int i, int[] guards)
    {
        AutomatonState state = Add(-1, [i], guards);
        int target = EntryOf(i + 1, [], guards);
        Connect(state, _states[target].IsFinal ? AutomatonAction.Ignore : AutomatonAction.Proceed, target, i, Truth.NotCondition);
        return state.Index;
    }

    private int Positive(int i, int[] stops, int[] guards)
    {
        PatternStage<T> stage = _stages[i];
        bool isGreedy = stage.IsGreedy && (stage.From != stage.To || stage.IsOptional);
        int[] ownGuard = isGreedy ? [i] : [];
        int done = EntryOf(i + 1, [], ownGuard);
        int first = stage.To == 1 ? done : Repetitions(i, isGreedy, done);
        byte ignore = stage.Contiguity switch
        {
            Contiguity.Relaxed => Truth.NotCondition,
            Contiguity.Any => Truth.Always,
            _ => 0,
        };
        AutomatonState entry = Add(i, stops, guards);
        if (stage.IsOptional)
        {
            int skipped = EntryOf(i + 1, stops, [.. guards, .. ownGuard]);
            Connect(entry, AutomatonAction.Proceed, skipped, i, isGreedy ? Truth.NotTake : Truth.Always);
        }

        Complete(entry, i, first, ignore);
        return entry.Index;
    }

    /// <summary>The states after 1, 2 ... events of a repetition.</summary>
    /// <returns>The state after the first.</returns>
    private int Repetitions(int i, bool isGreedy, int done)
    {
        PatternStage<T> stage = _stages[i];
        int[] stops = [.. Enumerable.Range(i + 1, _stages.Count - i - 1).TakeWhile(next => _stages[next].Contiguity == Contiguity.NotFollow)];
        byte ignore = stage.Inner switch
        {
            Contiguity.Relaxed => Truth.Neither,
            Contiguity.Any => Truth.NotUntil,
            _ => 0,
        };
        bool loops = stage.To == PatternStage<T>.Unbounded;
        int target = done;
        for (int taken = loops ? stage.From : stage.To - 1; taken > 0; taken--)
        {
            AutomatonState state = Add(i, stops, []);
            if (taken >= stage.From)
            {
                Leave(state, i, isGreedy, done);
            }

            Complete(state, i, loops && taken == stage.From ? state.Index : target, ignore);
            target = state.Index;
        }

        return target;
    }

    /// <summary>Lets a repetition end.</summary>
    private void Leave(AutomatonState state, int i, bool isGreedy, int done)
    {
        if (!isGreedy)
        {
            Connect(state, AutomatonAction.Proceed, done, i, Truth.Always);
            return;
        }

        Connect(state, AutomatonAction.Proceed, done, i, Truth.Neither);
        if (_stages[i].Until is not null)
        {
            // What ends the repetition may fulfil its condition, so that nothing guards what follows.
            Connect(state, AutomatonAction.Proceed, EntryOf(i + 1, [], []), i, Truth.Until);
        }
    }

    /// <summary>Adds the edges that take and ignore.</summary>
    private void Complete(AutomatonState state, int i, int taken, byte ignore)
    {
        Connect(state, AutomatonAction.Take, taken, i, Truth.Take);
        if (ignore == 0)
        {
            return;
        }

        AutomatonState ignored = state;
        if (state.Transitions.Exists(transition => transition.Action == AutomatonAction.Proceed))
        {
            ignored = Add(i, [.. state.Stops], [.. state.Guards]);
            Connect(ignored, AutomatonAction.Take, taken, i, Truth.Take);
            Connect(ignored, AutomatonAction.Ignore, ignored.Index, i, ignore);
        }

        Connect(state, AutomatonAction.Ignore, ignored.Index, i, ignore);
    }

    private AutomatonState Add(int stage, int[] stops, int[] guards, bool isFinal = false, bool isPending = false)
    {
        AutomatonState state = new(_states.Count, stage, isFinal, isPending);
        state.Stops.AddRange(stops);
        state.Guards.AddRange(guards);
        _states.Add(state);
        return state;
    }

    private static void Connect(AutomatonState state, AutomatonAction action, int target, int stage, byte table) =>
        state.Transitions.Add(new AutomatonTransition(action, target, stage, table));
}
