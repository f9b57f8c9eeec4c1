using System.Runtime.CompilerServices;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>
/// The timers of one time domain: a heap by time beside a table that knows which timers are set. A deleted timer leaves the table at once and the heap when it comes to its top; a
/// heap with more dead timers than live ones is built anew.
/// </summary>
internal sealed class TimerQueue<TKey, TNamespace>
    where TKey : notnull
    where TNamespace : struct
{
    private const byte FormatVersion = 1;
    private const int MinDead = 1024;

    private readonly string _name;
    private readonly KeyContext<TKey> _keys;
    private readonly TypeSerializer<TNamespace> _namespaces;
    private readonly KeyedTable<TimerKey<TKey, TNamespace>, VoidNamespace> _set;
    private PriorityQueue<Entry, long> _heap = new();

    public TimerQueue(string name, KeyContext<TKey> keys, TypeSerializer<TNamespace> namespaces)
    {
        _name = name;
        _keys = keys;
        _namespaces = namespaces;
        _set = new KeyedTable<TimerKey<TKey, TNamespace>, VoidNamespace>(new TimerHasher(keys.Hasher), keys.Range);
    }

    public int Count => _set.Count;

    /// <summary>Sets a timer for the current key.</summary>
    public void Register(TNamespace space, long timestamp) => Register(_keys.Key, _keys.Hash, space, timestamp);

    /// <summary>Deletes a timer of the current key.</summary>
    public void Delete(TNamespace space, long timestamp)
    {
        TimerKey<TKey, TNamespace> timer = new(timestamp, _keys.Key, space);
        if (_set.Remove(timer, HashOf(_keys.Hash, timer)) && _heap.Count > (_set.Count * 2) + MinDead)
        {
            RebuildHeap();
        }
    }

    /// <summary>The time of the earliest timer, if any.</summary>
    public bool TryPeek(out long timestamp)
    {
        while (_heap.TryPeek(out Entry top, out timestamp))
        {
            if (!Unsafe.IsNullRef(ref _set.Find(top.Timer, HashOf(top.Hash, top.Timer))))
            {
                return true;
            }

            _heap.Dequeue();
        }

        return false;
    }

    /// <summary>Takes the earliest timer that is due and makes its key the current one.</summary>
    public bool TryTake(long now, out TimerKey<TKey, TNamespace> timer)
    {
        timer = default;
        if (!TryPeek(out long timestamp) || timestamp > now)
        {
            return false;
        }

        Entry entry = _heap.Dequeue();
        timer = entry.Timer;
        _set.Remove(timer, HashOf(entry.Hash, timer));
        _keys.Set(timer.Key, entry.Hash);
        return true;
    }

    public void Snapshot(ISnapshotWriter snapshot)
    {
        for (int group = _keys.KeyGroups.Start; group < _keys.KeyGroups.End && _set.Count > 0; group++)
        {
            KeyedTable<TimerKey<TKey, TNamespace>, VoidNamespace>.Cursor cursor = _set.GetCursor(HashRange.Of(group, _keys.MaxParallelism));
            DataWriter? writer = null;
            int position = 0;
            int count = 0;
            while (cursor.MoveNext())
            {
                if (writer is null)
                {
                    writer = snapshot.KeyGroupSection(_name, group);
                    writer.WriteByte(FormatVersion);
                    _keys.Serializer.Schema.WriteTo(writer);
                    _namespaces.Schema.WriteTo(writer);
                    position = writer.Length;
                    writer.WriteInt32(0);
                }

                TimerKey<TKey, TNamespace> timer = cursor.Key;
                writer.WriteVarInt64(timer.Timestamp);
                _keys.Serializer.Serialize(timer.Key, writer);
                _namespaces.Serialize(timer.Namespace, writer);
                count++;
            }

            writer?.PatchInt32(position, count);
        }
    }

    public void Restore(ISnapshotReader snapshot)
    {
        foreach (KeyGroupSection section in snapshot.KeyGroupSections(_name))
        {
            var reader = new DataReader(section.Data.Span);
            StateFormat.RequireVersion(ref reader, FormatVersion, _name);
            TypeSerializer<TKey> keys = StateFormat.ReadKeySchema(ref reader, _keys.Serializer, _name);
            TypeSerializer<TNamespace> namespaces = StateFormat.ReadSchema(ref reader, _namespaces, _name);
            int count = reader.ReadInt32();
            for (int i = 0; i < count; i++)
            {
                long timestamp = reader.ReadVarInt64();
                TKey key = keys.Deserialize(ref reader);
                Register(key, _keys.Hasher.Hash(key), namespaces.Deserialize(ref reader), timestamp);
            }
        }
    }

    private void Register(TKey key, uint hash, TNamespace space, long timestamp)
    {
        TimerKey<TKey, TNamespace> timer = new(timestamp, key, space);
        _set.GetOrAdd(timer, HashOf(hash, timer), out bool exists);
        if (!exists)
        {
            _heap.Enqueue(new Entry(timer, hash), timestamp);
        }
    }

    private void RebuildHeap()
    {
        var live = new HashSet<TimerKey<TKey, TNamespace>>();
        var heap = new PriorityQueue<Entry, long>(_set.Count);
        foreach ((Entry entry, long timestamp) in _heap.UnorderedItems)
        {
            if (!Unsafe.IsNullRef(ref _set.Find(entry.Timer, HashOf(entry.Hash, entry.Timer))) && live.Add(entry.Timer))
            {
                heap.Enqueue(entry, timestamp);
            }
        }

        _heap = heap;
    }

    private uint HashOf(uint hash, in TimerKey<TKey, TNamespace> timer) =>
        HashRange.Spread(hash, HashMixing.Combine(HashMixing.Mix((ulong)timer.Timestamp), (uint)EqualityComparer<TNamespace>.Default.GetHashCode(timer.Namespace)), _keys.MaxParallelism);

    private readonly record struct Entry(TimerKey<TKey, TNamespace> Timer, uint Hash);

    private sealed class TimerHasher(IKeyHasher<TKey> hasher) : IKeyHasher<TimerKey<TKey, TNamespace>>
    {
        public uint Hash(TimerKey<TKey, TNamespace> key) => hasher.Hash(key.Key);

        public bool Equals(TimerKey<TKey, TNamespace> left, TimerKey<TKey, TNamespace> right) =>
            left.Timestamp == right.Timestamp && hasher.Equals(left.Key, right.Key) && EqualityComparer<TNamespace>.Default.Equals(left.Namespace, right.Namespace);
    }
}
