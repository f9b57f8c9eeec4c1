namespace Millrace.State;

/// <summary>Sorts the entries of a table by key group, by counting: <c>Count* -> EndCounting -> Place* -> EntriesOf</c>.</summary>
internal sealed class KeyGroupIndex(KeyGroupRange range, int entries)
{
    private readonly int[] _ends = new int[range.Count + 1];
    private readonly int[] _entries = new int[entries];

    public void Count(int keyGroup) => _ends[keyGroup - range.Start + 1]++;

    public void EndCounting()
    {
        for (int i = 1; i < _ends.Length; i++)
        {
            _ends[i] += _ends[i - 1];
        }
    }

    /// <summary>Puts an entry to its group; afterwards slot g holds the end of group g, which is the start of group g + 1.</summary>
    public void Place(int keyGroup, int entry) => _entries[_ends[keyGroup - range.Start]++] = entry;

    public int CountOf(int keyGroup) => EntriesOf(keyGroup).Length;

    public ReadOnlySpan<int> EntriesOf(int keyGroup)
    {
        int slot = keyGroup - range.Start;
        int start = slot == 0 ? 0 : _ends[slot - 1];
        return _entries.AsSpan(start, _ends[slot] - start);
    }
}
