using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>
/// The values of one state that may outgrow memory. A store has them, and beside it those that were used last are kept as objects. A change
/// is made to the object; the store gets it when the object makes room for another one (write-back). What has changed since the last scan
/// began is either an object that says so, or, once it has made room, in the <see cref="ChangeLog"/>.
/// </summary>
internal sealed class StoredTable<TKey, TNamespace, TValue> : IDisposable
    where TKey : notnull
    where TNamespace : struct
{
    // Objects make room in crowds, so that the store is given crowds.
    private const int Crowd = 256;

    // The number of the table and the hash.
    private const int PrefixSize = 6;

    // An entry is a cache miss and some bytes.
    private const int CostOfEntry = 32;

    private readonly StateTable<TKey, TNamespace, TValue> _format;
    private readonly IStateStore _store;
    private readonly IKeyHasher<TKey> _hasher;
    private readonly int _maxParallelism;
    private readonly KeyGroupTable<NamespacedKey<TKey, TNamespace>, Cached> _objects;
    private readonly bool _hasOneForm;
    private readonly ushort _number;
    private readonly DataWriter _key = new();
    private readonly DataWriter _value = new();
    private long _averageBytes = 32;
    private long _charged;
    private int _hand;
    private ChangeLog? _log;
    private int _epoch = 1;
    private ScanState? _scan;
    private bool _isTracked;

    /// <param name="format">The table that this one is the content of: knows the bytes of keys and values.</param>
    /// <param name="context">The keys of the task.</param>
    /// <param name="store">Where what memory has no room for goes; disposes the table.</param>
    public StoredTable(StateTable<TKey, TNamespace, TValue> format, KeyContext<TKey> context, IStateStore store)
    {
        _format = format;
        _store = store;
        _hasher = context.Hasher;
        _maxParallelism = context.MaxParallelism;
        _objects = new(NamespacedKeyHasher<TKey, TNamespace>.Of(context.Hasher), context.Range);
        _hasOneForm = KeyForm.IsOne(typeof(TKey), context.Hasher);
        _number = store.Add(this);
    }

    [Flags]
    private enum Marks : byte
    {
        None = 0,

        /// <summary>There is an entry.</summary>
        Taken = 1,

        /// <summary>It was used since the hand last passed.</summary>
        Used = 2,

        /// <summary>The store has it otherwise, or not at all.</summary>
        Dirty = 4,

        /// <summary>The store has the key.</summary>
        Stored = 8,
    }

    public Func<TValue, bool>? IsExpired { get; set; }

    /// <summary>About how many entries there are: a restore does not look whether what changed was there.</summary>
    public long Count { get; private set; }

    public ref TValue GetOrAdd(scoped in NamespacedKey<TKey, TNamespace> key, uint hash, out bool exists)
    {
        ref Cached found = ref Load(key, hash);
        exists = !Unsafe.IsNullRef(ref found);
        if (!exists)
        {
            found = ref Insert(key, hash);
            Count++;
        }

        Change(ref found, key);
        return ref found.Value;
    }

    /// <summary>The value, to be changed, or a null reference.</summary>
    public ref TValue Find(scoped in NamespacedKey<TKey, TNamespace> key, uint hash)
    {
        ref Cached found = ref Load(key, hash);
        if (Unsafe.IsNullRef(ref found))
        {
            return ref Unsafe.NullRef<TValue>();
        }

        Change(ref found, key);
        return ref found.Value;
    }

    /// <summary>The value, only to be read, or a null reference.</summary>
    public ref readonly TValue Peek(scoped in NamespacedKey<TKey, TNamespace> key, uint hash)
    {
        ref Cached found = ref Load(key, hash);
        if (Unsafe.IsNullRef(ref found))
        {
            return ref Unsafe.NullRef<TValue>();
        }

        return ref found.Value;
    }

    public bool Remove(in NamespacedKey<TKey, TNamespace> key, uint hash)
    {
        ref Cached found = ref Load(key, hash);
        if (Unsafe.IsNullRef(ref found))
        {
            return false;
        }

        WriteIfDue(ref found, key);
        if (found.Marks.HasFlag(Marks.Stored))
        {
            FormOf(key, hash);
            _store.Delete(_key.WrittenSpan);
        }

        if (found.Marks.HasFlag(Marks.Stored) || found.Written > 0)
        {
            _log?.AddRemoved(GroupOf(hash), _format, key);
        }

        Forget(ref found, key);
        Count--;
        return true;
    }

    /// <summary>Looks at some of the objects and removes those that have expired.</summary>
    public void Sweep(ref int position, int entries)
    {
        for (; entries > 0 && _objects.EntryEnd > 0; entries--)
        {
            position = position < _objects.EntryEnd ? position : 0;
            ref Cached cached = ref _objects.ValueAt(position);
            if (cached.Marks != Marks.None && IsExpired!(cached.Value))
            {
                Remove(_objects.KeyAt(position), cached.Hash);
            }

            position++;
        }
    }

    /// <summary>Takes an entry of a snapshot.</summary>
    public void Restore(in NamespacedKey<TKey, TNamespace> key, uint hash, ReadOnlySpan<byte> value, bool mayBeThere)
    {
        if (FormOf(key, hash) && !mayBeThere)
        {
            RestoredKeys.ThrowTwice(key.Key, _format.Name);
        }

        Count += mayBeThere ? 0 : 1;
        _store.Put(_key.WrittenSpan, value);
    }

    /// <summary>Takes the removal of a key from a snapshot.</summary>
    public void RestoreRemoved(in NamespacedKey<TKey, TNamespace> key, uint hash)
    {
        FormOf(key, hash);
        _store.Delete(_key.WrittenSpan);
    }

    /// <summary>Writes all entries now.</summary>
    public void Write(ISnapshotWriter writer)
    {
        using KeyGroupIndex index = _objects.IndexByKeyGroup(_format.KeyGroups, _maxParallelism);
        using IStateView view = _store.View();
        for (int group = _format.KeyGroups.Start; group < _format.KeyGroups.End; group++)
        {
            DataWriter? section = null;
            (int position, int count) = (0, 0);
            using IStateCursor cursor = CursorOf(group, view);
            while (cursor.MoveNext())
            {
                NamespacedKey<TKey, TNamespace> key = _format.ReadKey(cursor.Key[PrefixSize..]);
                ref Cached cached = ref _objects.Find(key, BinaryPrimitives.ReadUInt32BigEndian(cursor.Key[2..]));
                bool isOld = !Unsafe.IsNullRef(ref cached) && cached.Marks.HasFlag(Marks.Dirty);
                if (!isOld && IsExpired?.Invoke(_format.ReadValue(cursor.Value)) != true)
                {
                    Next(ref section).WriteRaw(cursor.Key[PrefixSize..]);
                    section!.WriteRaw(cursor.Value);
                }
            }

            foreach (int entry in index.EntriesOf(group))
            {
                ref Cached cached = ref _objects.ValueAt(entry);
                if (cached.Marks.HasFlag(Marks.Dirty) && IsExpired?.Invoke(cached.Value) != true)
                {
                    _format.WriteEntry(Next(ref section), _objects.KeyAt(entry), cached.Value);
                }
            }

            section?.PatchInt32(position, count);

            DataWriter Next(ref DataWriter? section)
            {
                if (section is null)
                {
                    section = writer.KeyGroupSection(_format.Name, group);
                    _format.WriteHeader(section);
                    position = section.Length;
                    section.WriteInt32(0);
                }

                count++;
                return section;
            }
        }
    }

    /// <summary>Begins to write the entries as they are now.</summary>
    public void Begin(KeyGroupSections sections)
    {
        sections.SaysEverything = !_isTracked;
        _isTracked = true;
        sections.IsOrdered = true;
        sections.Chunks = _store.Chunks;
        ScanState scan = new(sections, _epoch, _objects.EntryEnd, _format.KeyGroups, _hasher);
        for (int group = _format.KeyGroups.Start; group < _format.KeyGroups.End; group++)
        {
            if (sections.IsWhole(group))
            {
                scan.View ??= _store.View();
            }
            else if (_log is not null)
            {
                sections.Begin(group, _log.Take(group));
            }
        }

        _log?.Dispose();
        _log = sections.Plan.GoesOn ? new ChangeLog(_format.KeyGroups, _store.Chunks) : null;
        _scan = scan;
        _epoch++;
    }

    public bool Advance(ref int budget)
    {
        if (_scan is not { } scan)
        {
            return true;
        }

        for (; scan.Next < scan.End && budget > 0; scan.Next++)
        {
            budget--;
            ref Cached cached = ref _objects.ValueAt(scan.Next);
            if (IsDue(cached))
            {
                budget -= CostOfEntry;
                WriteIfDue(ref cached, _objects.KeyAt(scan.Next));
            }
        }

        while (scan.Next >= scan.End && scan.Group < _format.KeyGroups.End && budget > 0)
        {
            if (!scan.Sections.IsWhole(scan.Group) || AdvanceGroup(scan, ref budget))
            {
                scan.Group++;
            }
        }

        if (scan.Next < scan.End || scan.Group < _format.KeyGroups.End)
        {
            return false;
        }

        Abandon();
        return true;
    }

    public void Abandon()
    {
        _scan?.Dispose();
        _scan = null;
    }

    public void Dispose()
    {
        Abandon();
        _log?.Dispose();
        _store.Memory.Add(-_charged);
        _charged = 0;
    }

    private bool AdvanceGroup(ScanState scan, ref int budget)
    {
        scan.Cursor ??= CursorOf(scan.Group, scan.View!);
        while (budget > 0)
        {
            if (!scan.Cursor.MoveNext())
            {
                scan.Cursor.Dispose();
                scan.Cursor = null;
                return true;
            }

            budget -= CostOfEntry;
            WriteStored(scan, scan.Cursor.Key, scan.Cursor.Value);
        }

        return false;
    }

    private IStateCursor CursorOf(int group, IStateView view)
    {
        HashRange range = HashRange.Of(group, _maxParallelism);
        Span<byte> start = stackalloc byte[PrefixSize];
        Span<byte> end = stackalloc byte[PrefixSize];
        WritePrefix(start, range.Start);
        WriteEnd(end, range.Start + range.Length);
        return view.Between(start, end);
    }

    // What was dirty when the scan began was written from its object.
    private void WriteStored(ScanState scan, ReadOnlySpan<byte> storeKey, ReadOnlySpan<byte> value)
    {
        uint hash = BinaryPrimitives.ReadUInt32BigEndian(storeKey[2..]);
        ReadOnlySpan<byte> keyBytes = storeKey[PrefixSize..];
        NamespacedKey<TKey, TNamespace> key = _format.ReadKey(keyBytes);
        ref Cached cached = ref _objects.Find(key, hash);
        bool isWritten = (!Unsafe.IsNullRef(ref cached) && cached.Written == scan.Epoch) || scan.Gone.Contains((hash, key));
        if (!isWritten && IsExpired?.Invoke(_format.ReadValue(value)) != true)
        {
            scan.Sections.Entry.WriteRaw(keyBytes);
            scan.Sections.Entry.WriteRaw(value);
            scan.Sections.Add(scan.Group);
        }
    }

    /// <summary>The object of a key, read from the store where there is none; or a null reference.</summary>
    private ref Cached Load(scoped in NamespacedKey<TKey, TNamespace> key, uint hash)
    {
        ref Cached found = ref _objects.Find(key, hash);
        if (!Unsafe.IsNullRef(ref found))
        {
            found.Marks |= Marks.Used;
            return ref found;
        }

        if (!Locate(key, hash))
        {
            return ref Unsafe.NullRef<Cached>();
        }

        TValue value = _format.ReadValue(_value.WrittenSpan);
        Learn(_value.Length);
        ref Cached loaded = ref Insert(_hasOneForm ? key : _format.ReadKey(_key.WrittenSpan[PrefixSize..]), hash);
        loaded.Value = value;
        loaded.Marks |= Marks.Stored;
        return ref loaded;
    }

    private ref Cached Insert(scoped in NamespacedKey<TKey, TNamespace> key, uint hash)
    {
        MakeRoom();
        ref Cached added = ref _objects.GetOrAdd(key, hash, out _);
        added.Hash = hash;
        added.Marks = Marks.Taken | Marks.Used;
        return ref added;
    }

    /// <summary>Reads the value of a key in the store, and writes the key as the store has it.</summary>
    /// <remarks>Equal keys may have unequal bytes, such as 1.5 and 1.50: then the store is asked for all keys of the hash.</remarks>
    private bool Locate(in NamespacedKey<TKey, TNamespace> key, uint hash)
    {
        KeyOf(key, hash);
        if (_hasOneForm)
        {
            return _store.TryGet(_key.WrittenSpan, _value);
        }

        Span<byte> end = stackalloc byte[PrefixSize];
        WriteEnd(end, hash + 1UL);

        using IStateView view = _store.View();
        using IStateCursor cursor = view.Between(_key.WrittenSpan[..PrefixSize], end);
        while (cursor.MoveNext())
        {
            NamespacedKey<TKey, TNamespace> other = _format.ReadKey(cursor.Key[PrefixSize..]);
            if (_hasher.Equals(other.Key, key.Key) && EqualityComparer<TNamespace>.Default.Equals(other.Namespace, key.Namespace))
            {
                _key.Clear();
                _key.WriteRaw(cursor.Key);
                _value.Clear();
                _value.WriteRaw(cursor.Value);
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes the key as the store has it. Returns whether the store is known to have it.</summary>
    private bool FormOf(in NamespacedKey<TKey, TNamespace> key, uint hash)
    {
        if (!_hasOneForm)
        {
            return Locate(key, hash);
        }

        KeyOf(key, hash);
        return false;
    }

    private void Change(ref Cached cached, in NamespacedKey<TKey, TNamespace> key)
    {
        WriteIfDue(ref cached, key);
        cached.Marks |= Marks.Dirty;
        cached.Changed = _epoch;
    }

    private bool IsDue(in Cached cached) =>
        _scan is { } scan
        && cached.Marks.HasFlag(Marks.Dirty)
        && cached.Written != scan.Epoch
        && cached.Changed <= scan.Epoch
        && (cached.Changed == scan.Epoch || scan.Sections.IsWhole(GroupOf(cached.Hash)));

    private void WriteIfDue(ref Cached cached, in NamespacedKey<TKey, TNamespace> key)
    {
        if (!IsDue(cached))
        {
            return;
        }

        cached.Written = _scan!.Epoch;
        if (IsExpired?.Invoke(cached.Value) != true)
        {
            _format.WriteEntry(_scan.Sections.Entry, key, cached.Value);
            _scan.Sections.Add(GroupOf(cached.Hash));
        }
    }

    private void MakeRoom()
    {
        long needed = (_objects.Count + 1) * (Unsafe.SizeOf<Cached>() + Unsafe.SizeOf<TKey>() + 16 + (_averageBytes * 2));
        _store.Memory.Add(needed - _charged);
        _charged = needed;
        if (!_store.Memory.IsExceeded)
        {
            return;
        }

        // A hand goes round; what was used since it passed has another round.
        int gone = 0;
        for (int looked = 0; gone < Crowd && looked < 2 * _objects.EntryEnd; looked++)
        {
            _hand = _hand < _objects.EntryEnd ? _hand : 0;
            ref Cached cached = ref _objects.ValueAt(_hand);
            if (cached.Marks.HasFlag(Marks.Used))
            {
                cached.Marks &= ~Marks.Used;
            }
            else if (cached.Marks != Marks.None)
            {
                Evict(ref cached, _objects.KeyAt(_hand));
                gone++;
            }

            _hand++;
        }
    }

    private void Evict(ref Cached cached, in NamespacedKey<TKey, TNamespace> key)
    {
        WriteIfDue(ref cached, key);
        if (cached.Marks.HasFlag(Marks.Dirty))
        {
            KeyOf(key, cached.Hash);
            _value.Clear();
            _format.WriteValue(_value, cached.Value);
            Learn(_value.Length);
            _store.Put(_key.WrittenSpan, _value.WrittenSpan);
            if (cached.Changed == _epoch)
            {
                _log?.Add(GroupOf(cached.Hash), _key.WrittenSpan[PrefixSize..], _value.WrittenSpan);
            }
        }

        Forget(ref cached, key);
    }

    private void Forget(ref Cached cached, in NamespacedKey<TKey, TNamespace> key)
    {
        if (_scan is { } scan && cached.Written == scan.Epoch && scan.Sections.IsWhole(GroupOf(cached.Hash)))
        {
            scan.Gone.Add((cached.Hash, key));
        }

        _objects.Remove(key, cached.Hash);
    }

    private void Learn(int bytes) => _averageBytes += (bytes - _averageBytes) / 16;

    private void KeyOf(in NamespacedKey<TKey, TNamespace> key, uint hash)
    {
        _key.Clear();
        WritePrefix(_key.GetSpan(PrefixSize), hash);
        _key.Advance(PrefixSize);
        _format.WriteKey(_key, key);
    }

    private void WritePrefix(Span<byte> prefix, uint hash)
    {
        BinaryPrimitives.WriteUInt16BigEndian(prefix, _number);
        BinaryPrimitives.WriteUInt32BigEndian(prefix[2..], hash);
    }

    // Behind the last hash comes the next table.
    private void WriteEnd(Span<byte> prefix, ulong hash)
    {
        WritePrefix(prefix, (uint)hash);
        if (hash > uint.MaxValue)
        {
            BinaryPrimitives.WriteUInt16BigEndian(prefix, (ushort)(_number + 1));
        }
    }

    private int GroupOf(uint hash) => KeyGroups.KeyGroupOf(hash, _maxParallelism);

    private struct Cached
    {
        public TValue Value;
        public uint Hash;

        // The epoch in which it last changed; a scan begins a new one.
        public int Changed;

        // The epoch of the scan that last wrote it from here.
        public int Written;

        public Marks Marks;
    }

    private sealed class ScanState(KeyGroupSections sections, int epoch, int end, KeyGroupRange groups, IKeyHasher<TKey> hasher)
        : IDisposable
    {
        public KeyGroupSections Sections { get; } = sections;

        public int Epoch { get; } = epoch;

        public int End { get; } = end;

        public int Next { get; set; }

        public int Group { get; set; } = groups.Start;

        public IStateView? View { get; set; }

        public IStateCursor? Cursor { get; set; }

        /// <summary>What was written from an object that is not there any more.</summary>
        public HashSet<(uint Hash, NamespacedKey<TKey, TNamespace> Key)> Gone { get; } = new(new SameKey(hasher));

        public void Dispose()
        {
            Cursor?.Dispose();
            View?.Dispose();
        }
    }

    private sealed class SameKey(IKeyHasher<TKey> hasher) : IEqualityComparer<(uint Hash, NamespacedKey<TKey, TNamespace> Key)>
    {
        public bool Equals((uint Hash, NamespacedKey<TKey, TNamespace> Key) left, (uint Hash, NamespacedKey<TKey, TNamespace> Key) right) =>
            left.Hash == right.Hash
            && hasher.Equals(left.Key.Key, right.Key.Key)
            && EqualityComparer<TNamespace>.Default.Equals(left.Key.Namespace, right.Key.Namespace);

        public int GetHashCode((uint Hash, NamespacedKey<TKey, TNamespace> Key) key) => (int)key.Hash;
    }
}

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
        StateTable<TKey, TNamespace, TValue> format,
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

/// <summary>Whether equal keys always have equal bytes.</summary>
internal static class KeyForm
{
    private static readonly HashSet<Type> Simple =
    [
        typeof(sbyte),
        typeof(byte),
        typeof(short),
        typeof(ushort),
        typeof(int),
        typeof(uint),
        typeof(long),
        typeof(ulong),
        typeof(char),
        typeof(bool),
        typeof(string),
        typeof(Guid),
        typeof(TimeSpan),
        typeof(DateOnly),
        typeof(TimeOnly),
    ];

    public static bool IsOne(Type type, object hasher) =>
        (hasher.GetType() is { IsGenericType: true } own && own.GetGenericTypeDefinition() == typeof(BytesKeyHasher<>))
        || (IsBuiltIn(hasher) && IsSimple(type));

    private static bool IsBuiltIn(object hasher) => hasher.GetType().Assembly == typeof(KeyForm).Assembly;

    private static bool IsSimple(Type type) =>
        Simple.Contains(type)
        || type.IsEnum
        || (type.IsGenericType && type.Name.StartsWith("ValueTuple`", StringComparison.Ordinal) && type.GenericTypeArguments.All(IsSimple));
}
