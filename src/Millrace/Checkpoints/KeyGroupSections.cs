using Millrace.Serialization;
using Millrace.State;

namespace Millrace.Checkpoints;

/// <summary>Entries of one state, and keys that were removed, gathered by key group in whatever order they come. Not thread-safe.</summary>
/// <param name="groups">The key groups that may come.</param>
/// <param name="plan">What is wanted of each.</param>
internal sealed class KeyGroupSections(KeyGroupRange groups, SnapshotPlan plan) : IDisposable
{
    /// <summary>What stands before an entry of an ordered section.</summary>
    public const byte IsThere = 1;

    /// <summary>What stands before a key of an ordered section that is not there any more.</summary>
    public const byte IsRemoved = 0;

    // Most key groups of most states hold little.
    private const int FirstChunkSize = 256;

    private readonly Group[] _groups = new Group[groups.Count];

    public SnapshotPlan Plan => plan;

    /// <summary>Whether everything is written of all key groups, since it is not known what has changed.</summary>
    public bool SaysEverything { get; set; }

    /// <summary>Whether what has changed is told in the order in which it changed, the last of a key being true.</summary>
    public bool IsOrdered { get; set; }

    /// <summary>Where large buffers come from; <see langword="null"/> = memory.</summary>
    public MappedChunks? Chunks { get; set; }

    /// <summary>Number of bytes so far.</summary>
    public long Length => _groups.Sum(group => (group.Entries?.Length ?? 0) + (group.Removed?.Length ?? 0));

    /// <summary>Whether everything of a key group is written, instead of what has changed.</summary>
    public bool IsWhole(int keyGroup) => SaysEverything || plan.IsWhole(keyGroup);

    /// <summary>Where the next entry or key is written to, before <see cref="Add"/> or <see cref="AddRemoved"/>.</summary>
    public DataWriter Entry { get; } = new();

    /// <summary>Takes what was written to <see cref="Entry"/>: an entry.</summary>
    public void Add(int keyGroup)
    {
        ref Group group = ref _groups[keyGroup - groups.Start];
        group.Entries ??= new ChunkedBuffer(FirstChunkSize, Chunks);
        if (IsOrdered && !IsWhole(keyGroup))
        {
            group.Entries.Append([IsThere]);
        }

        group.Entries.Append(Entry.WrittenSpan);
        group.Count++;
        Entry.Clear();
    }

    /// <summary>Takes changes of an ordered section that come before all others.</summary>
    public void Begin(int keyGroup, in Group changes)
    {
        ref Group group = ref _groups[keyGroup - groups.Start];
        if (group.Entries is null || changes.Entries is null)
        {
            group.Entries ??= changes.Entries;
        }
        else
        {
            group.Entries.TakeOver(changes.Entries);
        }

        group.Count += changes.Count;
    }

    /// <summary>Takes what was written to <see cref="Entry"/>: a key that is not there any more.</summary>
    public void AddRemoved(int keyGroup)
    {
        ref Group group = ref _groups[keyGroup - groups.Start];
        (group.Removed ??= new ChunkedBuffer(FirstChunkSize)).Append(Entry.WrittenSpan);
        group.RemovedCount++;
        Entry.Clear();
    }

    /// <summary>Gives what there is of a key group; its buffers are the receiver's from then on.</summary>
    public Group Take(int keyGroup)
    {
        ref Group group = ref _groups[keyGroup - groups.Start];
        Group taken = group;
        group = default;
        return taken;
    }

    public void Dispose()
    {
        foreach (ref Group group in _groups.AsSpan())
        {
            group.Entries?.Dispose();
            group.Removed?.Dispose();
            group = default;
        }
    }

    internal struct Group
    {
        public ChunkedBuffer? Entries;
        public int Count;
        public ChunkedBuffer? Removed;
        public int RemovedCount;
    }
}
