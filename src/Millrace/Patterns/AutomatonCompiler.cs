using System.Globalization;

namespace Millrace.Patterns;

/// <summary>
/// Makes an automaton of a pattern. There is a state for each event that a match can have: a named pattern, which of its repetitions, and
/// which repetitions of the groups around it; beyond the smallest number of an unbounded repetition they are one. States and ways are
/// numbered in the order in which the pattern is walked, which depends on its shape alone.
/// </summary>
internal sealed class AutomatonCompiler<T>
{
    private readonly Pattern<T> _pattern;
    private readonly PatternStage<T>[] _stages;
    private readonly List<AutomatonState> _states = [];
    private readonly List<AutomatonWay> _ways = [];
    private readonly Dictionary<string, AutomatonState> _stateById = new(StringComparer.Ordinal);
    private readonly Queue<(AutomatonState State, AutomatonPlace<T> Place, int Count)> _unfinished = new();

    private AutomatonCompiler(Pattern<T> pattern)
    {
        _pattern = pattern;
        _stages = [.. pattern.Stages.SelectMany(stage => stage.All).OrderBy(stage => stage.Group is not null)];
    }

    /// <summary>Compiles a valid pattern.</summary>
    /// <exception cref="MalformedPatternException">The pattern is not valid.</exception>
    public static Automaton<T> Compile(Pattern<T> pattern)
    {
        PatternValidator.Check(pattern);
        AutomatonCompiler<T> compiler = new(pattern);
        AutomatonState start = new(0);
        compiler._states.Add(start);
        compiler.Enter(new AutomatonPlace<T>(pattern.Stages, 0, null), AutomatonPath.Empty, start, null, null);
        while (compiler._unfinished.TryDequeue(out (AutomatonState State, AutomatonPlace<T> Place, int Count) next))
        {
            compiler.Continue(next.State, next.Place, next.Count);
        }

        return new Automaton<T>(
            pattern,
            compiler._stages,
            pattern.Stages.Sum(stage => stage.Leaves.Count()),
            compiler._states,
            compiler._ways
        );
    }

    private static long Milliseconds(TimeSpan? gap) => gap is { } time ? (long)time.TotalMilliseconds : AutomatonWay.NoGap;

    /// <summary>
    /// Adds the ways from a state to the events that may come next at a place. The head of a group is reached as the group is.
    /// </summary>
    private void Enter(AutomatonPlace<T> place, AutomatonPath path, AutomatonState from, Contiguity? contiguity, TimeSpan? gap)
    {
        if (place.IsEnd)
        {
            Finish(place, path, from);
            return;
        }

        PatternStage<T> stage = place.Stage;
        int index = Array.IndexOf(_stages, stage);
        switch (stage.Contiguity)
        {
            case Contiguity.NotFollow:
                Enter(place.After, path with { Stops = [.. path.Stops, index] }, from, null, null);
                return;
            case Contiguity.NotNext:
                Enter(place.After, path with { FirstStops = [.. path.FirstStops, index] }, from, null, null);
                return;
            default:
                TimeSpan? shorter = gap is null || stage.Gap < gap ? stage.Gap ?? gap : gap;
                if (stage.Group is null)
                {
                    AddWay(from, place, index, 1, contiguity ?? stage.Contiguity, path, shorter, isRepetition: false);
                }
                else
                {
                    Enter(
                        new AutomatonPlace<T>(stage.Group, 0, new AutomatonPlace<T>.Frame(place, 1)),
                        path,
                        from,
                        contiguity ?? stage.Contiguity,
                        shorter
                    );
                }

                break;
        }

        if (stage.IsOptional)
        {
            Enter(place.After, stage.IsGuarding ? path with { Guards = [.. path.Guards, index] } : path, from, null, null);
        }
    }

    /// <summary>The end of a sequence: of the pattern, or of a group that may now be repeated or left.</summary>
    private void Finish(AutomatonPlace<T> place, AutomatonPath path, AutomatonState from)
    {
        if (place.Around is not { } frame)
        {
            End(path, from);
            return;
        }

        PatternStage<T> group = frame.Place.Stage;
        bool mayLeave = frame.Repetition >= group.From;
        if (frame.Repetition < group.To)
        {
            AutomatonPath following = mayLeave ? Following(frame.Place.After) : AutomatonPath.Empty;
            AutomatonPath again = path with
            {
                Stops = [.. path.Stops, .. following.Stops],
                FirstStops = [.. path.FirstStops, .. following.FirstStops],
            };
            Enter(
                new AutomatonPlace<T>(group.Group!, 0, new AutomatonPlace<T>.Frame(frame.Place, Next(group, frame.Repetition))),
                again,
                from,
                group.Inner,
                group.RepetitionGap
            );
        }

        if (mayLeave)
        {
            Enter(frame.Place.After, path, from, null, null);
        }
    }

    private void End(AutomatonPath path, AutomatonState from)
    {
        if (path.Stops.Length == 0 && path.FirstStops.Length == 0)
        {
            from.IsAccepting = true;
            return;
        }

        from.Ways.Add(WayOf(-1, -1, Contiguity.Any, path, [], [], Milliseconds(_pattern.Stages[^1].Leaves.Last().Gap)));
    }

    /// <summary>Adds the ways from the state after a number of events for a named pattern.</summary>
    private void Continue(AutomatonState state, AutomatonPlace<T> place, int count)
    {
        PatternStage<T> stage = place.Stage;
        int index = Array.IndexOf(_stages, stage);
        bool mayLeave = count >= stage.From;
        if (count < stage.To)
        {
            // What must not come after a repetition must not come within it either.
            AutomatonPath following = Following(place.After);
            AddWay(
                state,
                place,
                index,
                Next(stage, count),
                stage.Inner,
                mayLeave ? following : following with { FirstStops = [] },
                stage.RepetitionGap,
                isRepetition: true
            );
        }

        if (mayLeave)
        {
            Enter(place.After, stage.IsGuarding ? AutomatonPath.Empty with { Guards = [index] } : AutomatonPath.Empty, state, null, null);
        }
    }

    private static int Next(PatternStage<T> stage, int count) =>
        stage.To == PatternStage<T>.Unbounded ? Math.Min(count + 1, stage.From) : count + 1;

    /// <summary>The <c>NotFollowedBy</c> and <c>NotNext</c> right after a place.</summary>
    private AutomatonPath Following(AutomatonPlace<T> place)
    {
        List<int> stops = [];
        List<int> firstStops = [];
        while (true)
        {
            if (place.IsEnd)
            {
                if (place.Around is not { } frame || frame.Repetition < frame.Place.Stage.From)
                {
                    break;
                }

                place = frame.Place.After;
                continue;
            }

            if (!place.Stage.IsNegative)
            {
                break;
            }

            (place.Stage.Contiguity == Contiguity.NotNext ? firstStops : stops).Add(Array.IndexOf(_stages, place.Stage));
            place = place.After;
        }

        return new AutomatonPath([.. stops], [.. firstStops], []);
    }

    private void AddWay(
        AutomatonState from,
        AutomatonPlace<T> place,
        int stage,
        int count,
        Contiguity contiguity,
        AutomatonPath path,
        TimeSpan? gap,
        bool isRepetition
    )
    {
        int[] ofGroups = [.. place.Groups.Where(group => group.Until is not null).Select(group => Array.IndexOf(_stages, group))];
        int[] own = place.Stage.Until is null ? [] : [stage];
        from.Ways.Add(
            WayOf(
                stage,
                StateOf(place, count).Index,
                contiguity,
                path,
                [.. ofGroups, .. own],
                isRepetition ? [.. ofGroups, .. own] : ofGroups,
                Milliseconds(gap)
            )
        );
    }

    private AutomatonState StateOf(AutomatonPlace<T> place, int count)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"{place.Id}#{count}");
        if (!_stateById.TryGetValue(id, out AutomatonState? state))
        {
            state = new AutomatonState(_states.Count);
            _states.Add(state);
            _stateById.Add(id, state);
            _unfinished.Enqueue((state, place, count));
        }

        return state;
    }

    private AutomatonWay WayOf(
        int stage,
        int target,
        Contiguity contiguity,
        AutomatonPath path,
        int[] takeUntils,
        int[] ignoreUntils,
        long gap
    )
    {
        AutomatonWay way = new()
        {
            Index = _ways.Count,
            Stage = stage,
            Target = target,
            Contiguity = contiguity,
            Stops = path.Stops,
            FirstStops = path.FirstStops,
            Guards = path.Guards,
            TakeUntils = takeUntils,
            IgnoreUntils = ignoreUntils,
            Gap = gap,
        };
        _ways.Add(way);
        way.Ignored =
            path.FirstStops.Length == 0
                ? way
                : WayOf(stage, target, contiguity, path with { FirstStops = [] }, takeUntils, ignoreUntils, gap);
        way.WithoutGuard =
        [
            .. path.Guards.Select(guard =>
                _stages[guard].Until is null
                    ? way
                    : WayOf(
                        stage,
                        target,
                        contiguity,
                        path with
                        {
                            Guards = [.. path.Guards.Where(other => other != guard)],
                        },
                        takeUntils,
                        ignoreUntils,
                        gap
                    )
            ),
        ];
        return way;
    }
}

/// <summary>What was passed on the way from an event to the next while a pattern is compiled.</summary>
internal sealed record AutomatonPath(int[] Stops, int[] FirstStops, int[] Guards)
{
    public static AutomatonPath Empty { get; } = new([], [], []);
}
