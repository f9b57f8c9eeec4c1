using System.Buffers;

namespace Millrace.State;

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
