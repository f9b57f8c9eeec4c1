using Millrace.Patterns;

namespace Millrace.Tests.Patterns;

/// <summary>
/// Finds all matches by trying every event for every step, straight from the meaning of the words; no automaton. A
/// <paramref name="window"/> of 0 is none.
/// </summary>
internal sealed class NaiveMatcher(StageSpec[] stages, IReadOnlyList<(long Time, Item Item)> events, long window)
{
    private readonly List<NaiveMatch> _matches = [];
    private readonly List<string> _timeouts = [];

    public IReadOnlyList<NaiveMatch> Matches => _matches;

    /// <summary>Partial matches that timed out, each with its time.</summary>
    public IReadOnlyList<string> Timeouts => _timeouts;

    public void Run()
    {
        for (int start = 0; start < events.Count; start++)
        {
            foreach (
                NaiveStep step in new NaivePattern(stages).First.Where(step =>
                    step.Stage is not null && MayTake(step, start, start - 1, [])
                )
            )
            {
                Extend([(start, step.Stage!)], [.. step.Then()]);
            }
        }
    }

    /// <summary>The matches that are left when they are taken in order and each takes away those that a skip strategy says.</summary>
    public IEnumerable<string> After(SkipKind kind, string? name)
    {
        int firstKept = 0;
        foreach (NaiveMatch match in _matches.Order())
        {
            if (match.Start < firstKept)
            {
                continue;
            }

            yield return match.Text;
            IEnumerable<int> named = match
                .Taken.Where(taken => string.Equals(taken.Stage.Name, name, StringComparison.Ordinal))
                .Select(taken => taken.Event);
            firstKept = Math.Max(
                firstKept,
                kind switch
                {
                    SkipKind.ToNext => match.Start + 1,
                    SkipKind.PastLastEvent => match.Taken[^1].Event + 1,
                    SkipKind.ToFirst => named.DefaultIfEmpty(0).First(),
                    SkipKind.ToLast => named.DefaultIfEmpty(0).Last(),
                    _ => 0,
                }
            );
        }
    }

    private void Extend((int Event, StageSpec Stage)[] taken, NaiveStep[] steps)
    {
        int last = taken[^1].Event;
        List<(long End, bool IsTimeout, bool IsPending)> ends = [];
        foreach (NaiveStep step in steps)
        {
            if (step.Stage is not null)
            {
                for (int i = last + 1; i < events.Count && events[i].Time < Deadline(step, taken); i++)
                {
                    if (MayTake(step, i, last, taken))
                    {
                        Extend([.. taken, (i, step.Stage)], [.. step.Then()]);
                    }
                }

                ends.Add(EndOf(step, taken));
            }
            else if (step.Stops.Length > 0)
            {
                (long end, bool isTimeout, bool _) = EndOf(step, taken);
                ends.Add((end, isTimeout, isTimeout));
                if (isTimeout)
                {
                    _matches.Add(new NaiveMatch(taken, end, -1, events));
                }
            }
            else if (step.FirstStops.Length == 0)
            {
                _matches.Add(new NaiveMatch(taken, events[last].Time, last, events));
            }
            else
            {
                (long end, bool isTimeout, bool _) = EndOf(step, taken);
                ends.Add((end, isTimeout, false));
                if (!isTimeout && last + 1 < events.Count && !step.FirstStops.Any(stop => Fits(stop, last + 1, taken)))
                {
                    _matches.Add(new NaiveMatch(taken, events[last + 1].Time, last + 1, events));
                }
            }
        }

        // What has gone on is no longer waiting; a partial match has timed out when the last thing that it waited for has.
        if (
            ends.Count > 0
            && ends.MaxBy(end => (end.End, !end.IsTimeout, end.IsPending))
                is { IsTimeout: true, IsPending: false, End: < long.MaxValue } latest
        )
        {
            _timeouts.Add($"{NaiveMatch.Format(taken, events)}@{latest.End}");
        }
    }

    /// <summary>When a step is no longer waited for, and whether because its time is over.</summary>
    private (long End, bool IsTimeout, bool IsPending) EndOf(NaiveStep step, (int Event, StageSpec Stage)[] taken)
    {
        int last = taken[^1].Event;
        long deadline = Deadline(step, taken);
        for (int i = last + 1; i < events.Count && events[i].Time < deadline; i++)
        {
            bool isOver = step.Stage is null && step.Stops.Length == 0;
            if (isOver || IsForbidden(step, i, last, taken) || (step.Stage is not null && !MayPass(step, i, taken)))
            {
                return (events[i].Time, false, false);
            }
        }

        return (deadline, true, false);
    }

    private long Deadline(NaiveStep step, (int Event, StageSpec Stage)[] taken) =>
        Math.Min(
            window == 0 ? long.MaxValue : events[taken[0].Event].Time + window,
            step.Gap == 0 ? long.MaxValue : events[taken[^1].Event].Time + step.Gap
        );

    private bool MayTake(NaiveStep step, int i, int last, (int Event, StageSpec Stage)[] taken) =>
        Fits(step.Stage!, i, taken)
        && !step.TakeUntils.Any(until => until.Ends(events[i].Item))
        && !IsForbidden(step, i, last, taken)
        && Enumerable.Range(last + 1, i - last - 1).All(between => MayPass(step, between, taken));

    private bool MayPass(NaiveStep step, int i, (int Event, StageSpec Stage)[] taken) =>
        !step.IgnoreUntils.Any(until => until.Ends(events[i].Item))
        && (step.Contiguity == Contiguity.Any || (step.Contiguity == Contiguity.Relaxed && !Fits(step.Stage!, i, taken)));

    private bool IsForbidden(NaiveStep step, int i, int last, (int Event, StageSpec Stage)[] taken)
    {
        int[] seen = [.. Enumerable.Range(last + 1, i - last)];
        return step.Stops.Any(stop => seen.Any(j => Fits(stop, j, taken)))
            || step.FirstStops.Any(stop => Fits(stop, last + 1, taken))
            || step.Guards.Any(guard => seen.TakeWhile(j => !guard.Ends(events[j].Item)).Any(j => Fits(guard, j, taken)));
    }

    private bool Fits(StageSpec stage, int i, (int Event, StageSpec Stage)[] taken) =>
        stage.Fits(events[i].Item, taken.Select(entry => events[entry.Event].Item));
}
