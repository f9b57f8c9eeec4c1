using System.Buffers.Binary;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>
/// Timers that may outgrow memory. Those up to a horizon are in memory, in a queue; the later ones in the store, per key group in the order
/// in which they come. When none are left in memory the next ones are fetched, and when there are too many, the later half leaves. What
/// has changed since the last scan began is in the <see cref="ChangeLog"/>.
/// </summary>
/// <remarks>After Flink's queues of timers in RocksDB, which keep the first timers of each key group in memory.</remarks>
internal sealed partial class StoredTimerQueue<TKey, TNamespace> : Timers<TKey, TNamespace>, IDisposable
    where TKey : notnull
    where TNamespace : struct
{
    private const int MostNear = 8192;
    private const int RecentCount = 4096;

    // The number of the table and the key group; then the time and the hash, and the bytes of key and namespace.
    private const int GroupSize = 2 * sizeof(ushort);
    private const int PlaceSize = GroupSize + sizeof(long) + sizeof(uint);

    private readonly KeyContext<TKey> _keys;
    private readonly TypeSerializer<TNamespace> _namespaces;
    private readonly IStateStore _store;
    private readonly ushort _number;
    private readonly DataWriter _key = new();
    private readonly DataWriter _entry = new();

    // Timers of which it is known that the store has them: a window is set a timer with each of its records.
    private readonly (bool IsSet, TimerKey<TKey, TNamespace> Timer)[] _recent = new (bool, TimerKey<TKey, TNamespace>)[RecentCount];
    private TimerQueue<TKey, TNamespace> _near;
    private Place _horizon = Place.Last;
    private long _far;
    private int _mostNear;
    private bool _isTracked;
    private ChangeLog? _log;
    private ScanState? _scan;

    public StoredTimerQueue(
        string name,
        KeyContext<TKey> keys,
        TypeSerializer<TNamespace> namespaces,
        IStateStore store,
        int mostNear = MostNear
    )
        : base(name, keys, namespaces)
    {
        _keys = keys;
        _namespaces = namespaces;
        _store = store;
        _mostNear = mostNear;
        _near = new TimerQueue<TKey, TNamespace>(name, keys, namespaces);
        _number = store.Add(this);
    }

    public override long Count => _near.Count + _far;

    public override void Register(TNamespace space, long timestamp)
    {
        TimerKey<TKey, TNamespace> timer = new(timestamp, _keys.Key, space);
        if (IsNear(timestamp, _keys.Hash))
        {
            if (_near.Add(timer, _keys.Hash))
            {
                Note(timer, _keys.Hash, isThere: true);
                if (_near.Count > _mostNear)
                {
                    Spill();
                }
            }

            return;
        }

        ref (bool IsSet, TimerKey<TKey, TNamespace> Timer) recent = ref RecentOf(timer, _keys.Hash);
        if (recent.IsSet && AreSame(recent.Timer, timer))
        {
            return;
        }

        if (!Locate(timer, _keys.Hash))
        {
            _store.Put(_key.WrittenSpan, []);
            _far++;
            Note(timer, _keys.Hash, isThere: true);
        }

        recent = (true, timer);
    }

    public override void Delete(TNamespace space, long timestamp)
    {
        TimerKey<TKey, TNamespace> timer = new(timestamp, _keys.Key, space);
        if (IsNear(timestamp, _keys.Hash))
        {
            if (_near.Remove(timer, _keys.Hash))
            {
                Forget(timer, _keys.Hash);
            }
        }
        else if (Locate(timer, _keys.Hash))
        {
            _store.Delete(_key.WrittenSpan);
            _far--;
            Forget(timer, _keys.Hash);
        }
    }

    public override bool TryPeek(out long timestamp)
    {
        while (!_near.TryPeek(out timestamp))
        {
            if (_far == 0)
            {
                return false;
            }

            Fetch();
        }

        return true;
    }

    public override bool TryTake(long now, out TimerKey<TKey, TNamespace> timer)
    {
        timer = default;
        if (!TryPeek(out _) || !_near.TryTake(now, out timer))
        {
            return false;
        }

        Forget(timer, _keys.Hash);
        return true;
    }

    public override void Restore(ISnapshotReader snapshot)
    {
        bool hasMoved = false;
        foreach (KeyGroupSection section in snapshot.KeyGroupSections(Name))
        {
            (TypeSerializer<TKey> keys, TypeSerializer<TNamespace> namespaces) = ReadHeader(section, out DataReader reader);
            for (ChangeReader changes = new(section, ref reader); changes.MoveNext(ref reader, out bool isThere); )
            {
                TimerKey<TKey, TNamespace> timer = ReadTimer(ref reader, keys, namespaces, section, ref hasMoved, out uint hash);
                KeyOf(timer, hash);
                bool wasThere = (section.IsChange || !_keys.HasOneForm) && Locate(timer, hash);
                if (isThere && !wasThere)
                {
                    _store.Put(_key.WrittenSpan, []);
                    _far++;
                }
                else if (!isThere && wasThere)
                {
                    _store.Delete(_key.WrittenSpan);
                    _far--;
                }
            }
        }

        _horizon = _far > 0 ? Place.First : Place.Last;
        if (snapshot.GoesOn && !hasMoved)
        {
            _isTracked = true;
            _log = new ChangeLog(KeyGroups, _store.Chunks);
        }
    }

    public void Dispose()
    {
        Abandon();
        _log?.Dispose();
        _log = null;
    }

    private bool IsNear(long timestamp, uint hash) => new Place(timestamp, hash).CompareTo(_horizon) <= 0;

    private bool AreSame(in TimerKey<TKey, TNamespace> left, in TimerKey<TKey, TNamespace> right) =>
        left.Timestamp == right.Timestamp
        && _keys.Hasher.Equals(left.Key, right.Key)
        && EqualityComparer<TNamespace>.Default.Equals(left.Namespace, right.Namespace);

    private ref (bool IsSet, TimerKey<TKey, TNamespace> Timer) RecentOf(in TimerKey<TKey, TNamespace> timer, uint hash) =>
        ref _recent[HashMixing.Combine(hash, HashMixing.Mix((ulong)timer.Timestamp)) % RecentCount];

    private void Forget(in TimerKey<TKey, TNamespace> timer, uint hash)
    {
        ref (bool IsSet, TimerKey<TKey, TNamespace> Timer) recent = ref RecentOf(timer, hash);
        if (recent.IsSet && AreSame(recent.Timer, timer))
        {
            recent = default;
        }

        Note(timer, hash, isThere: false);
    }

    private void Note(in TimerKey<TKey, TNamespace> timer, uint hash, bool isThere)
    {
        if (_log is null)
        {
            return;
        }

        _entry.Clear();
        WriteTimer(_entry, timer);
        if (isThere)
        {
            _log.Add(GroupOf(hash), _entry.WrittenSpan, []);
        }
        else
        {
            _log.AddRemoved(GroupOf(hash), _entry.WrittenSpan);
        }
    }

    /// <summary>The later half of the timers in memory goes to the store.</summary>
    private void Spill()
    {
        (TKey key, uint hash) = (_keys.Key, _keys.Hash);
        List<(Place Place, TimerKey<TKey, TNamespace> Timer)> all = new((int)_near.Count);
        while (_near.TryTake(long.MaxValue, out TimerKey<TKey, TNamespace> timer))
        {
            all.Add((new Place(timer.Timestamp, _keys.Hash), timer));
        }

        _keys.Set(key, hash);
        (Place Place, TimerKey<TKey, TNamespace> Timer)[] sorted = [.. all.OrderBy(static each => each.Place)];
        int kept = sorted.Length / 2;
        while (kept < sorted.Length && kept > 0 && sorted[kept].Place == sorted[kept - 1].Place)
        {
            kept++;
        }

        _near = new TimerQueue<TKey, TNamespace>(Name, _keys, _namespaces);
        foreach ((Place place, TimerKey<TKey, TNamespace> timer) in sorted.AsSpan(0, kept))
        {
            _near.Add(timer, place.Hash);
        }

        foreach ((Place place, TimerKey<TKey, TNamespace> timer) in sorted.AsSpan(kept))
        {
            KeyOf(timer, place.Hash);
            _store.Put(_key.WrittenSpan, []);
            _far++;
        }

        // Where all of them are due for one key at one time, they stay together.
        _mostNear = kept == sorted.Length ? 2 * kept : _mostNear;
        _horizon = kept == sorted.Length ? _horizon : sorted[kept - 1].Place;
    }

    /// <summary>The next timers of all key groups come into memory.</summary>
    private void Fetch()
    {
        using IStateView view = _store.View();
        PriorityQueue<IStateCursor, Place> heads = new();
        for (int group = KeyGroups.Start; group < KeyGroups.End; group++)
        {
            // What is up to the horizon has left: the store would pass over what is left of it.
            PutBack(heads, CursorOf(group, _horizon, view));
        }

        int fetched = 0;
        while (heads.TryDequeue(out IStateCursor? cursor, out Place place))
        {
            if (fetched >= _mostNear / 2 && place != _horizon)
            {
                cursor.Dispose();
                break;
            }

            _near.Add(ReadStored(cursor.Key), place.Hash);
            _store.Delete(cursor.Key);
            _horizon = place;
            fetched++;
            PutBack(heads, cursor);
        }

        _horizon = heads.Count == 0 && fetched < _mostNear / 2 ? Place.Last : _horizon;
        _far = _horizon == Place.Last ? 0 : _far - fetched;
        while (heads.TryDequeue(out IStateCursor? cursor, out _))
        {
            cursor.Dispose();
        }
    }

    private static void PutBack(PriorityQueue<IStateCursor, Place> heads, IStateCursor cursor)
    {
        if (cursor.MoveNext())
        {
            heads.Enqueue(cursor, PlaceOf(cursor.Key));
        }
        else
        {
            cursor.Dispose();
        }
    }

    private static Place PlaceOf(ReadOnlySpan<byte> storeKey) =>
        new(
            (long)(BinaryPrimitives.ReadUInt64BigEndian(storeKey[GroupSize..]) ^ (1UL << 63)),
            BinaryPrimitives.ReadUInt32BigEndian(storeKey[(GroupSize + sizeof(long))..])
        );

    private TimerKey<TKey, TNamespace> ReadStored(ReadOnlySpan<byte> storeKey)
    {
        DataReader reader = new(storeKey[PlaceSize..]);
        TKey key = _keys.Serializer.Deserialize(ref reader);
        return new TimerKey<TKey, TNamespace>(PlaceOf(storeKey).Timestamp, key, _namespaces.Deserialize(ref reader));
    }

    /// <summary>Whether the store has a timer; writes its key as the store has it.</summary>
    private bool Locate(in TimerKey<TKey, TNamespace> timer, uint hash)
    {
        KeyOf(timer, hash);
        if (_keys.HasOneForm)
        {
            return _store.TryGet(_key.WrittenSpan, _entry);
        }

        using IStateView view = _store.View();
        using IStateCursor cursor = CursorOf(GroupOf(hash), new Place(timer.Timestamp, hash), view, includesPlace: true);
        while (cursor.MoveNext() && PlaceOf(cursor.Key) == new Place(timer.Timestamp, hash))
        {
            if (AreSame(ReadStored(cursor.Key), timer))
            {
                _key.Clear();
                _key.WriteRaw(cursor.Key);
                return true;
            }
        }

        return false;
    }

    private void KeyOf(in TimerKey<TKey, TNamespace> timer, uint hash)
    {
        _key.Clear();
        WritePlace(_key.GetSpan(PlaceSize), GroupOf(hash), new Place(timer.Timestamp, hash));
        _key.Advance(PlaceSize);
        _keys.Serializer.Serialize(timer.Key, _key);
        _namespaces.Serialize(timer.Namespace, _key);
    }

    private void WritePlace(Span<byte> storeKey, int group, Place place)
    {
        BinaryPrimitives.WriteUInt16BigEndian(storeKey, _number);
        BinaryPrimitives.WriteUInt16BigEndian(storeKey[sizeof(ushort)..], (ushort)group);
        BinaryPrimitives.WriteUInt64BigEndian(storeKey[GroupSize..], (ulong)place.Timestamp ^ (1UL << 63));
        BinaryPrimitives.WriteUInt32BigEndian(storeKey[(GroupSize + sizeof(long))..], place.Hash);
    }

    /// <summary>The timers of a key group behind a place, or from it on.</summary>
    private IStateCursor CursorOf(int group, Place place, IStateView view, bool includesPlace = false)
    {
        Span<byte> start = stackalloc byte[PlaceSize];
        Span<byte> end = stackalloc byte[GroupSize];
        bool isBehind = !includesPlace && place != Place.First && place.Hash < uint.MaxValue;
        WritePlace(start, group, isBehind ? place with { Hash = place.Hash + 1 } : place);
        BinaryPrimitives.WriteUInt16BigEndian(end, _number);
        BinaryPrimitives.WriteUInt16BigEndian(end[sizeof(ushort)..], (ushort)(group + 1));
        return view.Between(start, end);
    }

    private int GroupOf(uint hash) => State.KeyGroups.KeyGroupOf(hash, _keys.MaxParallelism);

    /// <summary>When a timer comes, and where among those of its time.</summary>
    private readonly record struct Place(long Timestamp, uint Hash) : IComparable<Place>
    {
        public static readonly Place First = new(long.MinValue, 0);
        public static readonly Place Last = new(long.MaxValue, uint.MaxValue);

        public int CompareTo(Place other) =>
            Timestamp != other.Timestamp ? Timestamp.CompareTo(other.Timestamp) : Hash.CompareTo(other.Hash);
    }
}
