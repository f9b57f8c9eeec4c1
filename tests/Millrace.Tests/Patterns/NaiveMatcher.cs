using Millrace.Patterns;

namespace Millrace.Tests.Patterns;

/// <summary>Finds all matches by trying every way, straight from the meaning of the words; no automaton.</summary>
internal sealed class NaiveMatcher(IReadOnlyList<StageSpec> stages, IReadOnlyList<(long Time, Item Item)> events, long window)
{
    private readonly List<(int Start, long End, string Text)> _found = [];

    /// <summary>Index of the first event, time of completion and events of each match.</summary>
    public IReadOnlyList<(int Start, long End, string Text)> Find()
    {
        for (int start = 0; start < events.Count; start++)
        {
            for (int stage = 0; stage < stages.Count && (stage == 0 || stages[stage - 1].IsOptional); stage++)
            {
                bool mustNotFit = Enumerable.Range(0, stage).Any(skipped => stages[skipped].IsGreedy && Fits(skipped, start, []));
                if (!mustNotFit && Fits(stage, start, []) && !stages[stage].Ends(events[start].Item))
                {
                    Extend(stage, 1, [start]);
                }
            }
        }

        return _found;
    }

    private bool Fits(int stage, int i, IEnumerable<int> taken) => stages[stage].Fits(events[i].Item, taken.Select(index => events[index].Item));

    private void Extend(int stage, int count, int[] taken)
    {
        StageSpec spec = stages[stage];
        int[] stops = [.. Enumerable.Range(stage + 1, stages.Count - stage - 1).TakeWhile(next => stages[next].Contiguity == Contiguity.NotFollow)];
        int? notNext = stage + 1 < stages.Count && stages[stage + 1].Contiguity == Contiguity.NotNext ? stage + 1 : null;
        if (count < spec.To)
        {
            Take(stage, count + 1, taken, spec.Inner, stops, [], count >= spec.From ? notNext : null);
        }

        if (count < spec.From)
        {
            return;
        }

        Leave(stage, taken, notNext);
    }

    /// <summary>Goes on with any of the stages that may come after one.</summary>
    private void Leave(int stage, int[] taken, int? notNext)
    {
        List<int> guards = stages[stage].IsGreedy ? [stage] : [];
        List<int> stops = [];
        for (int next = stage + 1; next < stages.Count; next++)
        {
            StageSpec spec = stages[next];
            if (spec.Contiguity == Contiguity.NotFollow)
            {
                stops.Add(next);
            }
            else if (!spec.IsNegative)
            {
                Take(next, 1, taken, spec.Contiguity, stops, guards, notNext);
                if (!spec.IsOptional)
                {
                    return;
                }

                guards.AddRange(spec.IsGreedy ? [next] : []);
            }
        }

        int last = taken[^1];
        bool isNotNextLast = notNext == stages.Count - 1;
        if (isNotNextLast && (last + 1 == events.Count || IsOver(taken, last + 1) || Fits(notNext!.Value, last + 1, taken)))
        {
            return;
        }

        bool isNotFollowLast = stages[^1].Contiguity == Contiguity.NotFollow;
        if (isNotFollowLast && Enumerable.Range(last + 1, events.Count - last - 1).TakeWhile(i => !IsOver(taken, i)).Any(i => stops.Exists(stop => Fits(stop, i, taken))))
        {
            return;
        }

        long end = isNotFollowLast ? events[taken[0]].Time + window : events[isNotNextLast ? last + 1 : last].Time;
        _found.Add((taken[0], end, string.Join(' ', taken.Select(i => events[i].Item))));
    }

    private void Take(int stage, int count, int[] taken, Contiguity contiguity, IReadOnlyCollection<int> stops, IReadOnlyCollection<int> guards, int? notNext)
    {
        bool isRepetition = count > 1;
        for (int i = taken[^1] + 1; i < events.Count && !IsOver(taken, i); i++)
        {
            if (stops.Any(stop => Fits(stop, i, taken)) || guards.Any(guard => Fits(guard, i, taken)) || (i == taken[^1] + 1 && notNext is { } not && Fits(not, i, taken)))
            {
                return;
            }

            bool fits = Fits(stage, i, taken);
            bool ends = stages[stage].Ends(events[i].Item);
            if (fits && !ends)
            {
                Extend(stage, count, [.. taken, i]);
            }

            if (contiguity == Contiguity.Strict || (contiguity == Contiguity.Relaxed && fits) || (isRepetition && ends))
            {
                return;
            }
        }
    }

    private bool IsOver(int[] taken, int i) => events[i].Time - events[taken[0]].Time >= window;
}
