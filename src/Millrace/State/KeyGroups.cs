using System.Buffers;
using System.Runtime.CompilerServices;

namespace Millrace.State;

/// <summary>Key groups, the atoms of keyed state: a key belongs to one for the life of the state, and a task owns a range of them
/// (Flink's <c>KeyGroupRangeAssignment</c>).</summary>
internal static class KeyGroups
{
    /// <summary>The key group of a key.</summary>
    /// <param name="hash">Stable hash of the key.</param>
    /// <param name="maxParallelism">Number of key groups, 1 to 32,768.</param>
    /// <returns>A number in [0, <paramref name="maxParallelism"/>).</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int KeyGroupOf(uint hash, int maxParallelism) => (int)(((ulong)hash * (uint)maxParallelism) >> 32);

    /// <summary>The task that owns a key group.</summary>
    /// <param name="keyGroup">The key group.</param>
    /// <param name="maxParallelism">Number of key groups.</param>
    /// <param name="parallelism">Number of tasks, at most <paramref name="maxParallelism"/>.</param>
    /// <returns>The index of the task, in [0, <paramref name="parallelism"/>).</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int TaskOf(int keyGroup, int maxParallelism, int parallelism) => keyGroup * parallelism / maxParallelism;

    /// <summary>The key groups that a task owns.</summary>
    /// <param name="task">Index of the task, in [0, <paramref name="parallelism"/>).</param>
    /// <param name="maxParallelism">Number of key groups.</param>
    /// <param name="parallelism">Number of tasks.</param>
    public static KeyGroupRange RangeOf(int task, int maxParallelism, int parallelism)
    {
        int start = ((task * maxParallelism) + parallelism - 1) / parallelism;
        int end = (((task + 1) * maxParallelism) + parallelism - 1) / parallelism;
        return new KeyGroupRange(start, end);
    }
}

/// <summary>A range of key groups <c>[Start, End)</c>.</summary>
/// <param name="Start">First key group.</param>
/// <param name="End">The key group after the last one.</param>
internal readonly record struct KeyGroupRange(int Start, int End)
{
    /// <summary>Number of key groups.</summary>
    public int Count => End - Start;

    /// <summary>Whether a key group lies in the range.</summary>
    /// <param name="keyGroup">The key group.</param>
    public bool Contains(int keyGroup) => keyGroup >= Start && keyGroup < End;
}

/// <summary>The hashes <c>[Start, Start + Length)</c> of neighbouring key groups.</summary>
internal readonly record struct HashRange(uint Start, ulong Length)
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Contains(uint hash) => hash - Start < Length && hash >= Start;

    public static HashRange Of(KeyGroupRange groups, int maxParallelism)
    {
        ulong start = First(groups.Start, maxParallelism);
        return new HashRange((uint)start, First(groups.End, maxParallelism) - start);
    }

    public static HashRange Of(int keyGroup, int maxParallelism) => Of(new KeyGroupRange(keyGroup, keyGroup + 1), maxParallelism);

    /// <summary>Spreads the namespaces of one key over the hashes of its key group.</summary>
    public static uint Spread(uint hash, uint salt, int maxParallelism)
    {
        HashRange range = Of(KeyGroups.KeyGroupOf(hash, maxParallelism), maxParallelism);
        return range.Start + (uint)((HashMixing.Combine(hash, salt) * range.Length) >> 32);
    }

    private static ulong First(int keyGroup, int maxParallelism) =>
        (((ulong)keyGroup << 32) + (uint)maxParallelism - 1) / (uint)maxParallelism;
}

/// <summary>
/// Sorts the entries of a table by key group, by counting: <c>Count* -> EndCounting -> Place* -> EntriesOf -> Dispose</c>, which gives its
/// arrays back to the pool.
/// </summary>
internal sealed class KeyGroupIndex : IDisposable
{
    private readonly KeyGroupRange _range;
    private readonly int[] _ends;
    private readonly int[] _entries;

    public KeyGroupIndex(KeyGroupRange range, int entries)
    {
        _range = range;
        _ends = ArrayPool<int>.Shared.Rent(range.Count + 1);
        Array.Clear(_ends, 0, range.Count + 1);
        _entries = ArrayPool<int>.Shared.Rent(entries);
    }

    public void Count(int keyGroup) => _ends[keyGroup - _range.Start + 1]++;

    public void EndCounting()
    {
        for (int i = 1; i <= _range.Count; i++)
        {
            _ends[i] += _ends[i - 1];
        }
    }

    /// <summary>Puts an entry to its group; afterwards slot g holds the end of group g, which is the start of group g + 1.</summary>
    public void Place(int keyGroup, int entry) => _entries[_ends[keyGroup - _range.Start]++] = entry;

    public int CountOf(int keyGroup) => EntriesOf(keyGroup).Length;

    public ReadOnlySpan<int> EntriesOf(int keyGroup)
    {
        int slot = keyGroup - _range.Start;
        int start = slot == 0 ? 0 : _ends[slot - 1];
        return _entries.AsSpan(start, _ends[slot] - start);
    }

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_ends);
        ArrayPool<int>.Shared.Return(_entries);
    }
}
