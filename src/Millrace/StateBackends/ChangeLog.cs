using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>Changes since a scan began of entries that are objects no more, by key group, in their order.</summary>
internal sealed class ChangeLog(KeyGroupRange groups, MappedChunks chunks) : IDisposable
{
    private const int FirstChunkSize = 1024;

    private readonly DataWriter _entry = new();
    private readonly KeyGroupSections.Group[] _groups = new KeyGroupSections.Group[groups.Count];

    public void Add(int keyGroup, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        _entry.Clear();
        _entry.WriteByte(KeyGroupSections.IsThere);
        _entry.WriteRaw(key);
        _entry.WriteRaw(value);
        Append(keyGroup);
    }

    public void AddRemoved<TKey, TNamespace, TValue>(
        int keyGroup,
        IStoredFormat<TKey, TNamespace, TValue> format,
        in NamespacedKey<TKey, TNamespace> key
    )
        where TKey : notnull
        where TNamespace : struct
    {
        _entry.Clear();
        _entry.WriteByte(KeyGroupSections.IsRemoved);
        format.WriteKey(_entry, key);
        Append(keyGroup);
    }

    public void AddRemoved(int keyGroup, ReadOnlySpan<byte> key)
    {
        _entry.Clear();
        _entry.WriteByte(KeyGroupSections.IsRemoved);
        _entry.WriteRaw(key);
        Append(keyGroup);
    }

    /// <summary>Gives what there is of a key group; its buffers are the receiver's from then on.</summary>
    public KeyGroupSections.Group Take(int keyGroup)
    {
        KeyGroupSections.Group taken = _groups[keyGroup - groups.Start];
        _groups[keyGroup - groups.Start] = default;
        return taken;
    }

    public void Dispose()
    {
        foreach (ref KeyGroupSections.Group group in _groups.AsSpan())
        {
            group.Entries?.Dispose();
            group = default;
        }
    }

    private void Append(int keyGroup)
    {
        ref KeyGroupSections.Group group = ref _groups[keyGroup - groups.Start];
        (group.Entries ??= new ChunkedBuffer(FirstChunkSize, chunks)).Append(_entry.WrittenSpan);
        group.Count++;
    }
}
