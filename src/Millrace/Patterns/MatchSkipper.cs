using Millrace.Errors;

namespace Millrace.Patterns;

/// <summary>Lets matches out in the order of their beginnings and takes away what the skip strategy gives up for them.</summary>
internal sealed class MatchSkipper<T>(Automaton<T> automaton)
{
    private readonly AfterMatchSkipStrategy _strategy = automaton.SkipStrategy;
    private readonly Comparison<PartialMatch<T>> _order = Compare;

    /// <summary>Adds matches found at one time to those that wait, behind those that began with the same event.</summary>
    public void Add(List<PartialMatch<T>> found, List<PartialMatch<T>> completed)
    {
        found.Sort(_order);
        foreach (PartialMatch<T> match in found)
        {
            int i = completed.Count;
            while (i > 0 && completed[i - 1].StartSequence > match.StartSequence)
            {
                i--;
            }

            completed.Insert(i, match);
        }
    }

    /// <summary>The next match, if none can still be completed that began earlier.</summary>
    public MatchNode<T>? TryTake(List<PartialMatch<T>> completed, List<PartialMatch<T>> partial)
    {
        if (completed.Count == 0 || (partial.Count > 0 && partial[0].StartSequence < completed[0].StartSequence))
        {
            return null;
        }

        PartialMatch<T> match = completed[0];
        completed.RemoveAt(0);
        if (FirstKept(match) is { } firstKept)
        {
            RemoveBefore(firstKept, partial);
            RemoveBefore(firstKept, completed);
        }

        return match.Last;
    }

    /// <summary>
    /// The match that began first; of those the one with more events; of those the one that has the earlier event where they first differ,
    /// or has it for the earlier pattern.
    /// </summary>
    private static int Compare(PartialMatch<T> left, PartialMatch<T> right)
    {
        int order = left.StartSequence.CompareTo(right.StartSequence);
        if (order == 0)
        {
            order = right.Last.Count.CompareTo(left.Last.Count);
        }

        if (order != 0)
        {
            return order;
        }

        for (
            (MatchNode<T>? a, MatchNode<T>? b) = (left.Last, right.Last);
            a is not null && b is not null && !ReferenceEquals(a, b);
            (a, b) = (a.Previous, b.Previous)
        )
        {
            int difference = a.Event.Sequence.CompareTo(b.Event.Sequence);
            difference = difference == 0 ? a.Stage.CompareTo(b.Stage) : difference;
            order = difference == 0 ? order : difference;
        }

        return order;
    }

    private static void RemoveBefore(long sequence, List<PartialMatch<T>> matches)
    {
        int count = 0;
        while (count < matches.Count && matches[count].StartSequence < sequence)
        {
            count++;
        }

        matches.RemoveRange(0, count);
    }

    /// <summary>The first event that what is kept may have begun with.</summary>
    private long? FirstKept(PartialMatch<T> match) =>
        _strategy.Kind switch
        {
            SkipKind.ToNext => match.StartSequence + 1,
            SkipKind.PastLastEvent => match.Last.Event.Sequence + 1,
            SkipKind.ToFirst => Target(match, last: false),
            SkipKind.ToLast => Target(match, last: true),
            _ => null,
        };

    private long? Target(PartialMatch<T> match, bool last)
    {
        long? target = null;
        for (MatchNode<T>? node = match.Last; node is not null; node = node.Previous)
        {
            if (node.Stage == automaton.SkipStage)
            {
                target = node.Event.Sequence;
                if (last)
                {
                    break;
                }
            }
        }

        if (_strategy.ThrowsOnMiss && (target is null || target == match.StartSequence))
        {
            throw new WrongJobException(
                target is null
                    ? $"A match has no event for '{_strategy.PatternName}', to which {_strategy} skips; make the pattern required, or do "
                        + "not call ThrowExceptionOnMiss."
                    : $"{_strategy} would skip to the first event of a match, so that it would be found again; skip to a later pattern, or "
                        + "do not call ThrowExceptionOnMiss."
            );
        }

        return target;
    }
}
