using Millrace.Serialization;
using Millrace.State;

namespace Millrace.Checkpoints;

/// <summary>Entries of one state, gathered by key group in whatever order they come. Not thread-safe.</summary>
/// <param name="groups">The key groups that may come.</param>
internal sealed class KeyGroupSections(KeyGroupRange groups) : IDisposable
{
    // Most key groups of most states hold little.
    private const int FirstChunkSize = 1024;

    private readonly Group[] _groups = new Group[groups.Count];

    /// <summary>Where the next entry is written to, before <see cref="Add"/>.</summary>
    public DataWriter Entry { get; } = new();

    /// <summary>Takes what was written to <see cref="Entry"/>.</summary>
    public void Add(int keyGroup)
    {
        ref Group group = ref _groups[keyGroup - groups.Start];
        group.Entries ??= new ChunkedBuffer(FirstChunkSize);
        group.Entries.Append(Entry.WrittenSpan);
        group.Count++;
        Entry.Clear();
    }

    /// <summary>Gives the key groups that have entries, in order, with their buffers, which are the receiver's from then on.</summary>
    public void TakeAll(Action<int, int, ChunkedBuffer> take)
    {
        for (int i = 0; i < _groups.Length; i++)
        {
            if (_groups[i] is { Entries: { } entries, Count: var count })
            {
                _groups[i] = default;
                take(groups.Start + i, count, entries);
            }
        }
    }

    public void Dispose()
    {
        foreach (ref Group group in _groups.AsSpan())
        {
            group.Entries?.Dispose();
            group = default;
        }
    }

    private struct Group
    {
        public ChunkedBuffer? Entries;
        public int Count;
    }
}
