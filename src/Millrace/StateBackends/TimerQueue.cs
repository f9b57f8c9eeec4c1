using System.Runtime.CompilerServices;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>
/// The timers of one time domain: a heap by time beside a table that knows which timers are set, each with the number of its entry in the
/// heap. A deleted timer leaves the table at once and the heap when it comes to its top; a heap with more dead timers than live ones is
/// swept.
/// </summary>
internal sealed class TimerQueue<TKey, TNamespace> : Timers<TKey, TNamespace>, ITableScan<TimerKey<TKey, TNamespace>, long>
    where TKey : notnull
    where TNamespace : struct
{
    private const int MinDead = 1024;

    private readonly KeyContext<TKey> _keys;
    private readonly KeyGroupTable<TimerKey<TKey, TNamespace>, long> _set;
    private readonly TimerHeap<TKey, TNamespace> _heap = new();
    private readonly Predicate<TimerEntry<TKey, TNamespace>> _isLive;
    private long _sequence;
    private KeyGroupSections? _sections;

    public TimerQueue(string name, KeyContext<TKey> keys, TypeSerializer<TNamespace> namespaces)
        : base(name, keys, namespaces)
    {
        _keys = keys;
        _set = new KeyGroupTable<TimerKey<TKey, TNamespace>, long>(new TimerHasher(keys.Hasher), keys.Range);
        _isLive = entry => IsLive(entry);
    }

    public override long Count => _set.Count;

    /// <summary>All timers, by key group. None may be set or deleted meanwhile.</summary>
    public IEnumerable<TimerKey<TKey, TNamespace>> All
    {
        get
        {
            using KeyGroupIndex index = _set.IndexByKeyGroup(_keys.KeyGroups, _keys.MaxParallelism);
            for (int group = _keys.KeyGroups.Start; group < _keys.KeyGroups.End; group++)
            {
                for (int i = 0; i < index.CountOf(group); i++)
                {
                    yield return _set.KeyAt(index.EntriesOf(group)[i]);
                }
            }
        }
    }

    public override void Register(TNamespace space, long timestamp) => Add(new(timestamp, _keys.Key, space), _keys.Hash);

    public override void Delete(TNamespace space, long timestamp) => Remove(new(timestamp, _keys.Key, space), _keys.Hash);

    /// <summary>Adds a timer of a key with this hash.</summary>
    /// <returns>Whether it was not there.</returns>
    public bool Add(in TimerKey<TKey, TNamespace> timer, uint hash)
    {
        ref long number = ref _set.GetOrAdd(timer, HashOf(hash, timer), out bool exists);
        if (!exists)
        {
            number = ++_sequence;
            _heap.Add(new TimerEntry<TKey, TNamespace>(timer, hash, number));
        }

        return !exists;
    }

    /// <summary>Removes a timer of a key with this hash.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Remove(in TimerKey<TKey, TNamespace> timer, uint hash)
    {
        if (!_set.Remove(timer, HashOf(hash, timer)))
        {
            return false;
        }

        if (_heap.Count > (_set.Count * 2) + MinDead)
        {
            _heap.Sweep(_isLive);
        }

        return true;
    }

    public override bool TryPeek(out long timestamp)
    {
        while (_heap.Count > 0)
        {
            ref readonly TimerEntry<TKey, TNamespace> top = ref _heap.Top;
            if (IsLive(top))
            {
                timestamp = top.Timer.Timestamp;
                return true;
            }

            _heap.RemoveTop();
        }

        timestamp = long.MaxValue;
        return false;
    }

    public override bool TryTake(long now, out TimerKey<TKey, TNamespace> timer)
    {
        timer = default;
        if (!TryPeek(out long timestamp) || timestamp > now)
        {
            return false;
        }

        TimerEntry<TKey, TNamespace> entry = _heap.Top;
        _heap.RemoveTop();
        timer = entry.Timer;
        _set.Remove(timer, HashOf(entry.Hash, timer));
        _keys.Set(timer.Key, entry.Hash);
        return true;
    }

    public override void Snapshot(ISnapshotWriter snapshot)
    {
        if (snapshot.Defer(this) || _set.Count == 0)
        {
            return;
        }

        using KeyGroupIndex index = _set.IndexByKeyGroup(_keys.KeyGroups, _keys.MaxParallelism);
        for (int group = _keys.KeyGroups.Start; group < _keys.KeyGroups.End; group++)
        {
            DataWriter? writer = null;
            int position = 0;
            ReadOnlySpan<int> entries = index.EntriesOf(group);
            foreach (int entry in entries)
            {
                if (writer is null)
                {
                    writer = snapshot.KeyGroupSection(Name, group);
                    WriteHeader(writer);
                    position = writer.Length;
                    writer.WriteInt32(0);
                }

                WriteTimer(writer, _set.KeyAt(entry));
            }

            writer?.PatchInt32(position, entries.Length);
        }
    }

    public override void Begin(KeyGroupSections sections)
    {
        _sections = sections;
        _set.Begin(this, sections);
    }

    public override bool Advance(ref int budget) => _set.Advance(ref budget);

    public override void Abandon() => _set.AbandonScan();

    bool ITableScan<TimerKey<TKey, TNamespace>, long>.IsWhole(uint hash) => _sections!.IsWhole(GroupOf(hash));

    void ITableScan<TimerKey<TKey, TNamespace>, long>.Put(uint hash, TimerKey<TKey, TNamespace> key, in long value)
    {
        WriteTimer(_sections!.Entry, key);
        _sections.Add(GroupOf(hash));
    }

    void ITableScan<TimerKey<TKey, TNamespace>, long>.Remove(uint hash, TimerKey<TKey, TNamespace> key)
    {
        WriteTimer(_sections!.Entry, key);
        _sections.AddRemoved(GroupOf(hash));
    }

    public override void Restore(ISnapshotReader snapshot)
    {
        bool hasMoved = false;
        KeyGroupTable<TimerKey<TKey, TNamespace>, long>.Loader loader = _set.Load();
        IReadOnlyList<KeyGroupSection> sections = snapshot.KeyGroupSections(Name);
        foreach (KeyGroupSection section in sections.Where(section => !section.IsChange))
        {
            (TypeSerializer<TKey> keys, TypeSerializer<TNamespace> namespaces) = ReadHeader(section, out DataReader reader);
            for (int i = reader.ReadInt32(); i > 0; i--)
            {
                TimerKey<TKey, TNamespace> timer = ReadTimer(ref reader, keys, namespaces, section, ref hasMoved, out uint hash);
                loader.Add(timer, HashOf(hash, timer)) = ++_sequence;
                _heap.Append(new TimerEntry<TKey, TNamespace>(timer, hash, _sequence));
            }
        }

        // A timer that is there twice is one timer: only the number of its last entry is live.
        loader.Complete();
        foreach (KeyGroupSection section in sections.Where(section => section.IsChange))
        {
            (TypeSerializer<TKey> keys, TypeSerializer<TNamespace> namespaces) = ReadHeader(section, out DataReader reader);
            for (ChangeReader changes = new(section, ref reader); changes.MoveNext(ref reader, out bool isThere); )
            {
                TimerKey<TKey, TNamespace> timer = ReadTimer(ref reader, keys, namespaces, section, ref hasMoved, out uint hash);
                if (isThere)
                {
                    _set.GetOrAdd(timer, HashOf(hash, timer), out _) = ++_sequence;
                    _heap.Append(new TimerEntry<TKey, TNamespace>(timer, hash, _sequence));
                }
                else
                {
                    _set.Remove(timer, HashOf(hash, timer));
                }
            }
        }

        _heap.Order();
        if (snapshot.GoesOn && !hasMoved)
        {
            _set.Track();
        }
    }

    private int GroupOf(uint hash) => State.KeyGroups.KeyGroupOf(hash, _keys.MaxParallelism);

    private bool IsLive(in TimerEntry<TKey, TNamespace> entry)
    {
        ref readonly long number = ref _set.Peek(entry.Timer, HashOf(entry.Hash, entry.Timer));
        return !Unsafe.IsNullRef(in number) && number == entry.Number;
    }

    private uint HashOf(uint hash, in TimerKey<TKey, TNamespace> timer) =>
        HashRange.Spread(
            hash,
            HashMixing.Combine(
                HashMixing.Mix((ulong)timer.Timestamp),
                (uint)EqualityComparer<TNamespace>.Default.GetHashCode(timer.Namespace)
            ),
            _keys.MaxParallelism
        );

    private sealed class TimerHasher(IKeyHasher<TKey> hasher) : IKeyHasher<TimerKey<TKey, TNamespace>>
    {
        public uint Hash(TimerKey<TKey, TNamespace> key) => hasher.Hash(key.Key);

        public bool Equals(TimerKey<TKey, TNamespace> left, TimerKey<TKey, TNamespace> right) =>
            left.Timestamp == right.Timestamp
            && hasher.Equals(left.Key, right.Key)
            && EqualityComparer<TNamespace>.Default.Equals(left.Namespace, right.Namespace);
    }
}

/// <summary>A timer in the heap. Its number tells it from an earlier entry of the same timer that was deleted and set again.</summary>
internal readonly record struct TimerEntry<TKey, TNamespace>(TimerKey<TKey, TNamespace> Timer, uint Hash, long Number);

/// <summary>A timer of a key and namespace; setting it twice is setting it once.</summary>
internal readonly record struct TimerKey<TKey, TNamespace>(long Timestamp, TKey Key, TNamespace Namespace);
