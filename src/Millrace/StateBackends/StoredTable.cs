using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>
/// The values of one state that may outgrow memory. A store has them, and beside it those that were used last are kept as objects. A change
/// is made to the object; the store gets it when the object makes room for another one (write-back). What has changed since the last scan
/// began is either an object that says so, or, once it has made room, in the <see cref="ChangeLog"/>.
/// </summary>
internal sealed partial class StoredTable<TKey, TNamespace, TValue> : IDisposable
    where TKey : notnull
    where TNamespace : struct
{
    // Objects make room in crowds, so that the store is given crowds.
    private const int Crowd = 256;

    private const int InsertionsPerSample = 32;
    private const uint SampleStride = 2654435761;

    // The number of the table and the hash.
    private const int PrefixSize = 6;

    // An entry is a cache miss and some bytes.
    private const int CostOfEntry = 32;

    private readonly IStoredFormat<TKey, TNamespace, TValue> _format;
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
    private uint _insertions;
    private int _hand;
    private ChangeLog? _log;
    private int _epoch = 1;
    private ScanState? _scan;
    private bool _isTracked;

    /// <param name="format">The state that this is the content of, or a part of it.</param>
    /// <param name="context">The keys of the task.</param>
    /// <param name="store">Where what memory has no room for goes; disposes the table.</param>
    public StoredTable(IStoredFormat<TKey, TNamespace, TValue> format, KeyContext<TKey> context, IStateStore store)
    {
        _format = format;
        _store = store;
        _hasher = context.Hasher;
        _maxParallelism = context.MaxParallelism;
        _objects = new(NamespacedKeyHasher<TKey, TNamespace>.Of(context.Hasher), context.Range);
        _hasOneForm = context.HasOneForm;
        _number = store.Add(this);
        _filter = new KeyFilter(store.Memory);
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
        NoteStored(key, hash, isRestore: true);
    }

    /// <summary>From now on it is known what changes, as if a scan had just written all that there is.</summary>
    public void Track()
    {
        _isTracked = true;
        _log ??= new ChangeLog(_format.KeyGroups, _store.Chunks);
    }

    /// <summary>Removes everything, and the table from its store. A scan must be over.</summary>
    public void Drop()
    {
        Dispose();
        _store.Remove(_number);
    }

    /// <summary>Takes the removal of a key from a snapshot.</summary>
    public void RestoreRemoved(in NamespacedKey<TKey, TNamespace> key, uint hash)
    {
        FormOf(key, hash);
        _store.Delete(_key.WrittenSpan);
    }

    public void Dispose()
    {
        Abandon();
        DropFilter();
        _log?.Dispose();
        _store.Memory.Add(-_charged);
        _charged = 0;
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

        if (!MayBeStored(key, hash) || !Locate(key, hash))
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

        using IStateView view = _store.View();
        using IStateCursor cursor = CursorOf(hash, hash + 1UL, view);
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

    private void MakeRoom()
    {
        Sample();
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
            if (!cached.Marks.HasFlag(Marks.Stored))
            {
                NoteStored(key, cached.Hash);
            }

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

    // What was never in the store has never been measured.
    private void Sample()
    {
        if (++_insertions % InsertionsPerSample != 0 || _objects.EntryEnd == 0)
        {
            return;
        }

        ref Cached cached = ref _objects.ValueAt((int)(_insertions / InsertionsPerSample * SampleStride % (uint)_objects.EntryEnd));
        if (cached.Marks != Marks.None && cached.Value is not null)
        {
            _value.Clear();
            _format.WriteValue(_value, cached.Value);
            Learn(_value.Length);
        }
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
}

/// <summary>The bytes of keys and values of a state.</summary>
internal interface IStoredFormat<TKey, TNamespace, TValue>
    where TKey : notnull
    where TNamespace : struct
{
    /// <summary>Name of the state.</summary>
    string Name { get; }

    KeyGroupRange KeyGroups { get; }

    /// <summary>Writes what each section begins with.</summary>
    void WriteHeader(DataWriter writer);

    void WriteKey(DataWriter writer, in NamespacedKey<TKey, TNamespace> key);

    void WriteValue(DataWriter writer, in TValue value);

    /// <summary>Writes a key with its value.</summary>
    void WriteEntry(DataWriter writer, in NamespacedKey<TKey, TNamespace> key, in TValue value);

    NamespacedKey<TKey, TNamespace> ReadKey(ReadOnlySpan<byte> bytes);

    TValue ReadValue(ReadOnlySpan<byte> bytes);
}
