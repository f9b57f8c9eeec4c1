using System.Runtime.CompilerServices;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>
/// The values of one state: per key and namespace. Written per key group with the schemas of key, namespace and value in front.
/// </summary>
internal sealed class StateTable<TKey, TNamespace, TValue> : IStateTable
    where TKey : notnull
    where TNamespace : struct
{
    private const byte FormatVersion = 1;

    private readonly KeyContext<TKey> _context;
    private readonly TypeSerializer<TNamespace> _namespaces;
    private readonly TypeSerializer<TValue> _values;
    private readonly KeyGroupTable<NamespacedKey<TKey, TNamespace>, TValue> _table;
    private bool _isChecked;
    private int _sweep;

    public StateTable(string name, KeyContext<TKey> context, TypeSerializer<TNamespace> namespaces, TypeSerializer<TValue> values)
    {
        Name = name;
        _context = context;
        _namespaces = namespaces;
        _values = values;
        _isChecked = !ValueCheck.IsNeeded(values.Schema);
        _table = new KeyGroupTable<NamespacedKey<TKey, TNamespace>, TValue>(
            NamespacedKeyHasher<TKey, TNamespace>.Of(context.Hasher),
            context.Range
        );
    }

    public string Name { get; }

    public int Count => _table.Count;

    /// <summary>Says which values have expired; they are left out of snapshots and swept.</summary>
    public Func<TValue, bool>? IsExpired { get; set; }

    public ref TValue GetOrAdd(TNamespace space, out bool exists) =>
        ref _table.GetOrAdd(new(_context.Key, space), HashOf(_context.Hash, space), out exists);

    public ref TValue Find(TNamespace space) => ref _table.Find(new(_context.Key, space), HashOf(_context.Hash, space));

    public bool Remove(TNamespace space) => _table.Remove(new(_context.Key, space), HashOf(_context.Hash, space));

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
        if (IsExpired is { } isExpired)
        {
            _table.Sweep(ref _sweep, entries, isExpired);
        }
    }

    public void Snapshot(ISnapshotWriter writer)
    {
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

    public void Restore(ISnapshotReader snapshot)
    {
        KeyGroupTable<NamespacedKey<TKey, TNamespace>, TValue>.Loader loader = _table.Load();
        foreach (KeyGroupSection section in snapshot.KeyGroupSections(Name))
        {
            DataReader reader = new(section.Data.Span);
            StateFormat.RequireVersion(ref reader, FormatVersion, Name);
            TypeSerializer<TKey> keys = StateFormat.ReadKeySchema(ref reader, _context.Serializer, Name);
            TypeSerializer<TNamespace> namespaces = StateFormat.ReadSchema(ref reader, _namespaces, Name);
            TypeSerializer<TValue> values = StateFormat.ReadSchema(ref reader, _values, Name);
            int count = reader.ReadInt32();
            for (int i = 0; i < count; i++)
            {
                TKey key = keys.Deserialize(ref reader);
                TNamespace space = namespaces.Deserialize(ref reader);
                uint hash = _context.Hasher.Hash(key);
                RestoredKeys.HasMoved(key, hash, section.KeyGroup, _context.KeyGroups, _context.MaxParallelism, Name);
                TValue value = values.Deserialize(ref reader);
                loader.Add(new(key, space), HashOf(hash, space)) = value;
            }
        }

        if (loader.Complete() > 0)
        {
            RestoredKeys.ThrowTwice(loader.Twice.Key, Name);
        }
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
                writer.WriteByte(FormatVersion);
                _context.Serializer.Schema.WriteTo(writer);
                _namespaces.Schema.WriteTo(writer);
                _values.Schema.WriteTo(writer);
                position = writer.Length;
                writer.WriteInt32(0);
            }

            NamespacedKey<TKey, TNamespace> key = _table.KeyAt(entry);
            _context.Serializer.Serialize(key.Key, writer);
            _namespaces.Serialize(key.Namespace, writer);
            _values.Serialize(value, writer);
            count++;
        }

        writer?.PatchInt32(position, count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint HashOf(uint hash, TNamespace space) =>
        typeof(TNamespace) == typeof(VoidNamespace)
            ? hash
            : HashRange.Spread(hash, (uint)EqualityComparer<TNamespace>.Default.GetHashCode(space), _context.MaxParallelism);
}
