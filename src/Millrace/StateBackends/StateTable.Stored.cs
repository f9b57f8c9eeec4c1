using Millrace.Checkpoints;
using Millrace.Serialization;

namespace Millrace.StateBackends;

internal sealed partial class StateTable<TKey, TNamespace, TValue>
{
    /// <summary>Reads the bytes of a key.</summary>
    public NamespacedKey<TKey, TNamespace> ReadKey(ReadOnlySpan<byte> bytes)
    {
        DataReader reader = new(bytes);
        TKey key = _context.Serializer.Deserialize(ref reader);
        return new NamespacedKey<TKey, TNamespace>(key, _namespaces.Deserialize(ref reader));
    }

    /// <summary>Reads the bytes of a value.</summary>
    public TValue ReadValue(ReadOnlySpan<byte> bytes)
    {
        DataReader reader = new(bytes);
        return _values.Deserialize(ref reader);
    }

    // The entries go from the one to the other: nothing of it is kept in memory.
    private void RestoreStored(ISnapshotReader snapshot, StoredTable<TKey, TNamespace, TValue> table)
    {
        bool hasMoved = false;
        DataWriter value = new();
        foreach (KeyGroupSection section in snapshot.KeyGroupSections(Name))
        {
            RestoredTable<TKey, TNamespace, TValue> written = ReadHeader(section, out DataReader reader);
            for (ChangeReader changes = new(section, ref reader); changes.MoveNext(ref reader, out bool isThere); )
            {
                NamespacedKey<TKey, TNamespace> key = ReadKey(ref reader, written, section, ref hasMoved, out uint hash);
                if (isThere)
                {
                    value.Clear();
                    _values.Serialize(written.Values.Deserialize(ref reader), value);
                    table.Restore(key, hash, value.WrittenSpan, section.IsChange);
                }
                else
                {
                    table.RestoreRemoved(key, hash);
                }
            }
        }

        if (snapshot.GoesOn && !hasMoved)
        {
            table.Track();
        }
    }
}

/// <summary>Goes through what a section of keyed state holds behind its header: entries, or changes in their order.</summary>
internal struct ChangeReader
{
    private readonly bool _isOrdered;
    private int _removed;
    private int _entries;

    public ChangeReader(KeyGroupSection section, ref DataReader reader)
    {
        _isOrdered = section.Kind == TaskSnapshotFormat.OrderedSection;
        _removed = section.Kind == TaskSnapshotFormat.ChangesSection ? reader.ReadInt32() : 0;
        _entries = _removed > 0 ? -1 : reader.ReadInt32();
    }

    /// <summary>Goes to the next one: its key is to be read then, and if it is there, its value.</summary>
    public bool MoveNext(ref DataReader reader, out bool isThere)
    {
        if (_removed > 0)
        {
            _removed--;
            isThere = false;
            return true;
        }

        if (_entries < 0)
        {
            _entries = reader.ReadInt32();
        }

        isThere = _entries > 0 && (!_isOrdered || reader.ReadByte() == KeyGroupSections.IsThere);
        return _entries-- > 0;
    }
}
