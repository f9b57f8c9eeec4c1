using System.Runtime.CompilerServices;

namespace Millrace.StateBackends;

/// <summary>A 4-ary heap of timers by time; timers of one time leave it in the order in which they were set.</summary>
internal sealed class TimerHeap<TKey, TNamespace>
{
    private const int Arity = 4;

    private TimerEntry<TKey, TNamespace>[] _entries = new TimerEntry<TKey, TNamespace>[16];

    public int Count { get; private set; }

    public ref readonly TimerEntry<TKey, TNamespace> Top => ref _entries[0];

    public void Add(TimerEntry<TKey, TNamespace> entry)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        int hole = Count++;
        while (hole > 0)
        {
            int parent = (hole - 1) / Arity;
            if (!IsBefore(entry, _entries[parent]))
            {
                break;
            }

            _entries[hole] = _entries[parent];
            hole = parent;
        }

        _entries[hole] = entry;
    }

    /// <summary>Adds one of many entries; call <see cref="Order"/> behind the last.</summary>
    public void Append(TimerEntry<TKey, TNamespace> entry)
    {
        if (Count == _entries.Length)
        {
            Array.Resize(ref _entries, Count * 2);
        }

        _entries[Count++] = entry;
    }

    /// <summary>Makes a heap of entries in any order, in linear time.</summary>
    public void Order()
    {
        for (int i = (Count - 2) / Arity; i >= 0 && Count > 1; i--)
        {
            SiftDown(i, _entries[i]);
        }
    }

    public void RemoveTop()
    {
        TimerEntry<TKey, TNamespace> last = _entries[--Count];
        _entries[Count] = default;
        if (Count > 0)
        {
            SiftDown(0, last);
        }
    }

    /// <summary>Removes all entries that are not live.</summary>
    public void Sweep(Predicate<TimerEntry<TKey, TNamespace>> isLive)
    {
        int kept = 0;
        for (int i = 0; i < Count; i++)
        {
            if (isLive(_entries[i]))
            {
                _entries[kept++] = _entries[i];
            }
        }

        Array.Clear(_entries, kept, Count - kept);
        Count = kept;
        Order();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsBefore(in TimerEntry<TKey, TNamespace> left, in TimerEntry<TKey, TNamespace> right) =>
        left.Timer.Timestamp < right.Timer.Timestamp || (left.Timer.Timestamp == right.Timer.Timestamp && left.Number < right.Number);

    private void SiftDown(int hole, TimerEntry<TKey, TNamespace> entry)
    {
        while (true)
        {
            int child = (hole * Arity) + 1;
            if (child >= Count)
            {
                break;
            }

            int best = child;
            int end = Math.Min(child + Arity, Count);
            while (++child < end)
            {
                if (IsBefore(_entries[child], _entries[best]))
                {
                    best = child;
                }
            }

            if (!IsBefore(_entries[best], entry))
            {
                break;
            }

            _entries[hole] = _entries[best];
            hole = best;
        }

        _entries[hole] = entry;
    }
}
