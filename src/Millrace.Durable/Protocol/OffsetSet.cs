namespace Millrace.Durable.Protocol;

/// <summary>Which source offsets are in hand: sorted, disjoint ranges.</summary>
internal sealed class OffsetSet
{
    private readonly List<OffsetRange> _ranges = [];

    public void Clear() => _ranges.Clear();

    public void Add(OffsetRange range)
    {
        if (range.IsEmpty)
        {
            return;
        }

        int at = 0;
        while (at < _ranges.Count && _ranges[at].To < range.From - 1)
        {
            at++;
        }

        (long from, long to) = (range.From, range.To);
        int end = at;
        while (end < _ranges.Count && _ranges[end].From <= to + 1)
        {
            from = Math.Min(from, _ranges[end].From);
            to = Math.Max(to, _ranges[end].To);
            end++;
        }

        _ranges.RemoveRange(at, end - at);
        _ranges.Insert(at, new OffsetRange(from, to));
    }

    /// <summary>
    /// The first hole in <paramref name="wanted"/>. Where there are more than <paramref name="patience"/> holes, as in a topic of many
    /// small transactions, one range from the first to the last: one long read costs less than many short ones.
    /// </summary>
    public bool TryGetMissing(OffsetRange wanted, int patience, out OffsetRange missing)
    {
        long holes = 0;
        OffsetRange first = default,
            last = default;
        long at = wanted.From;
        foreach (OffsetRange range in _ranges)
        {
            if (range.To < at)
            {
                continue;
            }

            if (range.From > wanted.To)
            {
                break;
            }

            if (range.From > at)
            {
                Note(new OffsetRange(at, range.From - 1));
            }

            at = range.To + 1;
        }

        if (at <= wanted.To)
        {
            Note(new OffsetRange(at, wanted.To));
        }

        missing = holes > patience ? new OffsetRange(first.From, last.To) : first;
        return holes > 0;

        void Note(OffsetRange hole)
        {
            if (holes++ == 0)
            {
                first = hole;
            }

            last = hole;
        }
    }
}

/// <summary>Source offsets <c>[From, To]</c>; both ends belong to the range.</summary>
internal readonly record struct OffsetRange(long From, long To)
{
    public bool IsEmpty => To < From;

    public bool Contains(long offset) => offset >= From && offset <= To;

    public override string ToString() => $"[{From}..{To}]";
}
