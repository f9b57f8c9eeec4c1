using System.Runtime.CompilerServices;
using Millrace.Checkpoints;
using Millrace.Copying;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>
/// The values of one state: per key and namespace, in memory or in a store. Written per key group with the schemas of key, namespace and
/// value in front.
/// </summary>
internal sealed partial class StateTable<TKey, TNamespace, TValue>
    : IStateTable,
        IKeyedTable<TKey>,
        IStoredFormat<TKey, TNamespace, TValue>,
        ITableScan<NamespacedKey<TKey, TNamespace>, TValue>
    where TKey : notnull
    where TNamespace : struct
{
    private readonly KeyContext<TKey> _context;
    private readonly TypeSerializer<TNamespace> _namespaces;
    private readonly TypeSerializer<TValue> _values;
    private readonly KeyGroupTable<NamespacedKey<TKey, TNamespace>, TValue> _table;
    private readonly StoredTable<TKey, TNamespace, TValue>? _stored;
    private readonly byte _version;
    private bool _isChecked;
    private int _sweep;
    private KeyGroupSections? _sections;

    public StateTable(
        string name,
        KeyContext<TKey> context,
        TypeSerializer<TNamespace> namespaces,
        TypeSerializer<TValue> values,
        IStateStore? store = null,
        byte version = StateFormat.TableVersion
    )
    {
        Name = name;
        _version = version;
        _context = context;
        _namespaces = namespaces;
        _values = values;
        _isChecked = !ValueCheck.IsNeeded(values.Schema);
        _table = new KeyGroupTable<NamespacedKey<TKey, TNamespace>, TValue>(
            NamespacedKeyHasher<TKey, TNamespace>.Of(context.Hasher),
            context.Range
        );
        _stored = store is null ? null : new StoredTable<TKey, TNamespace, TValue>(this, context, store);
    }

    public string Name { get; }

    public KeyGroupRange KeyGroups => _context.KeyGroups;

    public long Count => _stored?.Count ?? _table.Count;

    /// <summary>Says which values have expired; they are left out of snapshots and swept.</summary>
    public Func<TValue, bool>? IsExpired
    {
        get;
        set
        {
            field = value;
            _stored?.IsExpired = value;
        }
    }

    public ref TValue GetOrAdd(TNamespace space, out bool exists)
    {
        NamespacedKey<TKey, TNamespace> key = new(_context.Key, space);
        uint hash = HashOf(_context.Hash, space);
        if (_stored is not null)
        {
            return ref _stored.GetOrAdd(key, hash, out exists);
        }

        return ref _table.GetOrAdd(key, hash, out exists);
    }

    /// <summary>The value, to be changed, or a null reference.</summary>
    public ref TValue Find(TNamespace space)
    {
        NamespacedKey<TKey, TNamespace> key = new(_context.Key, space);
        uint hash = HashOf(_context.Hash, space);
        if (_stored is not null)
        {
            return ref _stored.Find(key, hash);
        }

        return ref _table.Find(key, hash);
    }

    public bool Contains(TNamespace space) => !Unsafe.IsNullRef(in Peek(space));

    /// <summary>The value, only to be read, or a null reference.</summary>
    public ref readonly TValue Peek(TNamespace space)
    {
        NamespacedKey<TKey, TNamespace> key = new(_context.Key, space);
        uint hash = HashOf(_context.Hash, space);
        if (_stored is not null)
        {
            return ref _stored.Peek(key, hash);
        }

        return ref _table.Peek(key, hash);
    }

    /// <summary>
    /// The value, or a null reference. What is shown of it goes to functions of the user's, which may change what can be changed.
    /// </summary>
    /// <typeparam name="TShown">The value's type, or that of its elements.</typeparam>
    public ref readonly TValue Show<TShown>(TNamespace space) => ref TypedCopy<TShown>.IsShared ? ref Peek(space) : ref Find(space);

    public void Prefetch(ReadOnlySpan<uint> hashes)
    {
        if (typeof(TNamespace) == typeof(VoidNamespace) && _stored is null)
        {
            _table.Prefetch(hashes);
        }
    }

    public bool Remove(TNamespace space)
    {
        NamespacedKey<TKey, TNamespace> key = new(_context.Key, space);
        uint hash = HashOf(_context.Hash, space);
        return _stored?.Remove(key, hash) ?? _table.Remove(key, hash);
    }

    /// <summary>Tries the first new value that a task puts here (<see cref="ValueCheck"/>).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void CheckFirst(TValue value)
    {
        if (!_isChecked)
        {
            Check(value);
        }
    }

    /// <summary>Looks at some entries and removes those that have expired.</summary>
    public void Sweep(int entries)
    {
        if (IsExpired is not { } isExpired)
        {
            return;
        }

        if (_stored is not null)
        {
            _stored.Sweep(ref _sweep, entries);
        }
        else
        {
            _table.Sweep(entries, isExpired);
        }
    }

    /// <summary>All entries, by key group. The table must not change meanwhile but for the values.</summary>
    public IEnumerable<KeyValuePair<NamespacedKey<TKey, TNamespace>, TValue>> Entries
    {
        get
        {
            if (_stored is not null)
            {
                using StoredTable<TKey, TNamespace, TValue>.Contents contents = _stored.Read();
                for (int group = _context.KeyGroups.Start; group < _context.KeyGroups.End; group++)
                {
                    foreach (StoredEntry<TKey, TNamespace, TValue> entry in contents.Of(group))
                    {
                        yield return new(entry.Key, entry.Value);
                    }
                }

                yield break;
            }

            using KeyGroupIndex index = _table.IndexByKeyGroup(_context.KeyGroups, _context.MaxParallelism);
            for (int group = _context.KeyGroups.Start; group < _context.KeyGroups.End; group++)
            {
                for (int i = 0; i < index.CountOf(group); i++)
                {
                    int entry = index.EntriesOf(group)[i];
                    yield return new(_table.KeyAt(entry), _table.ValueAt(entry));
                }
            }
        }
    }

    IEnumerable<TKey> IKeyedTable<TKey>.Keys => Entries.Select(static entry => entry.Key.Key);

    public void Snapshot(ISnapshotWriter writer)
    {
        if (writer.Defer(this))
        {
            return;
        }

        if (_stored is not null)
        {
            _stored.Write(writer);
            return;
        }

        if (_table.Count == 0)
        {
            return;
        }

        using KeyGroupIndex index = _table.IndexByKeyGroup(_context.KeyGroups, _context.MaxParallelism);
        for (int group = _context.KeyGroups.Start; group < _context.KeyGroups.End; group++)
        {
            SnapshotGroup(writer, group, index.EntriesOf(group));
        }
    }

    public void Begin(KeyGroupSections sections)
    {
        _sections = sections;
        if (_stored is not null)
        {
            _stored.Begin(sections);
            return;
        }

        _table.Begin(this, sections);
    }

    public bool Advance(ref int budget) => _stored?.Advance(ref budget) ?? _table.Advance(ref budget);

    public void Abandon()
    {
        _stored?.Abandon();
        _table.AbandonScan();
    }

    public void WriteHeader(DataWriter writer)
    {
        writer.WriteByte(_version);
        _context.Serializer.Schema.WriteTo(writer);
        _namespaces.Schema.WriteTo(writer);
        _values.Schema.WriteTo(writer);
    }

    bool ITableScan<NamespacedKey<TKey, TNamespace>, TValue>.IsWhole(uint hash) => _sections!.IsWhole(GroupOf(hash));

    void ITableScan<NamespacedKey<TKey, TNamespace>, TValue>.AreWhole(ReadOnlySpan<uint> hashes, Span<bool> areWhole)
    {
        for (int i = 0; i < hashes.Length; i++)
        {
            areWhole[i] = _sections!.IsWhole(GroupOf(hashes[i]));
        }
    }

    void ITableScan<NamespacedKey<TKey, TNamespace>, TValue>.Put(uint hash, NamespacedKey<TKey, TNamespace> key, in TValue value)
    {
        if (IsExpired?.Invoke(value) == true)
        {
            return;
        }

        WriteEntry(_sections!.Entry, key, value);
        _sections.Add(GroupOf(hash));
    }

    void ITableScan<NamespacedKey<TKey, TNamespace>, TValue>.Remove(uint hash, NamespacedKey<TKey, TNamespace> key)
    {
        WriteKey(_sections!.Entry, key);
        _sections.AddRemoved(GroupOf(hash));
    }

    public void Restore(ISnapshotReader snapshot)
    {
        if (_stored is not null)
        {
            RestoreStored(snapshot, _stored);
            return;
        }

        bool hasMoved = false;
        KeyGroupTable<NamespacedKey<TKey, TNamespace>, TValue>.Loader loader = _table.Load();
        IReadOnlyList<KeyGroupSection> sections = snapshot.KeyGroupSections(Name);
        foreach (KeyGroupSection section in sections.Where(section => !section.IsChange))
        {
            RestoredTable<TKey, TNamespace, TValue> written = ReadHeader(section, out DataReader reader);
            for (int i = reader.ReadInt32(); i > 0; i--)
            {
                NamespacedKey<TKey, TNamespace> key = ReadKey(ref reader, written, section, ref hasMoved, out uint hash);
                loader.Add(key, hash) = written.Values.Deserialize(ref reader);
            }
        }

        if (loader.Complete() > 0)
        {
            RestoredKeys.ThrowTwice(loader.Twice.Key, Name);
        }

        foreach (KeyGroupSection section in sections.Where(section => section.IsChange))
        {
            RestoredTable<TKey, TNamespace, TValue> written = ReadHeader(section, out DataReader reader);
            for (ChangeReader changes = new(section, ref reader); changes.MoveNext(ref reader, out bool isThere); )
            {
                NamespacedKey<TKey, TNamespace> key = ReadKey(ref reader, written, section, ref hasMoved, out uint hash);
                if (isThere)
                {
                    TValue value = written.Values.Deserialize(ref reader);
                    _table.GetOrAdd(key, hash, out _) = value;
                }
                else
                {
                    _table.Remove(key, hash);
                }
            }
        }

        if (snapshot.GoesOn && !hasMoved)
        {
            _table.Track();
        }
    }

    private RestoredTable<TKey, TNamespace, TValue> ReadHeader(KeyGroupSection section, out DataReader reader)
    {
        reader = new DataReader(section.Beginning);
        StateFormat.RequireVersion(ref reader, _version, Name);
        RestoredTable<TKey, TNamespace, TValue> written = new(
            StateFormat.ReadKeySchema(ref reader, _context.Serializer, Name),
            StateFormat.ReadSchema(ref reader, _namespaces, Name),
            StateFormat.ReadSchema(ref reader, _values, Name)
        );
        reader = section.Header.IsEmpty ? reader : new DataReader(section.Data.Span);
        return written;
    }

    private NamespacedKey<TKey, TNamespace> ReadKey(
        ref DataReader reader,
        RestoredTable<TKey, TNamespace, TValue> written,
        KeyGroupSection section,
        ref bool hasMoved,
        out uint hash
    )
    {
        TKey key = written.Keys.Deserialize(ref reader);
        TNamespace space = written.Namespaces.Deserialize(ref reader);
        hash = _context.Hasher.Hash(key);
        hasMoved |= RestoredKeys.HasMoved(key, hash, section.KeyGroup, _context.KeyGroups, _context.MaxParallelism, Name);
        hash = HashOf(hash, space);
        return new NamespacedKey<TKey, TNamespace>(key, space);
    }

    private void Check(TValue value)
    {
        ValueCheck.Require(_values, value);
        _isChecked = true;
    }

    private void SnapshotGroup(ISnapshotWriter snapshot, int group, ReadOnlySpan<int> entries)
    {
        DataWriter? writer = null;
        int position = 0;
        int count = 0;
        foreach (int entry in entries)
        {
            ref TValue value = ref _table.ValueAt(entry);
            if (IsExpired?.Invoke(value) == true)
            {
                continue;
            }

            if (writer is null)
            {
                writer = snapshot.KeyGroupSection(Name, group);
                WriteHeader(writer);
                position = writer.Length;
                writer.WriteInt32(0);
            }

            WriteEntry(writer, _table.KeyAt(entry), value);
            count++;
        }

        writer?.PatchInt32(position, count);
    }

    public void WriteValue(DataWriter writer, in TValue value) => _values.Serialize(value, writer);

    public void WriteEntry(DataWriter writer, in NamespacedKey<TKey, TNamespace> key, in TValue value)
    {
        WriteKey(writer, key);
        _values.Serialize(value, writer);
    }

    public void WriteKey(DataWriter writer, in NamespacedKey<TKey, TNamespace> key)
    {
        _context.Serializer.Serialize(key.Key, writer);
        _namespaces.Serialize(key.Namespace, writer);
    }

    private int GroupOf(uint hash) => State.KeyGroups.KeyGroupOf(hash, _context.MaxParallelism);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint HashOf(uint hash, TNamespace space) =>
        typeof(TNamespace) == typeof(VoidNamespace)
            ? hash
            : HashRange.Spread(hash, (uint)EqualityComparer<TNamespace>.Default.GetHashCode(space), _context.MaxParallelism);
}

/// <summary>How the entries of a section were written.</summary>
internal readonly record struct RestoredTable<TKey, TNamespace, TValue>(
    TypeSerializer<TKey> Keys,
    TypeSerializer<TNamespace> Namespaces,
    TypeSerializer<TValue> Values
);
