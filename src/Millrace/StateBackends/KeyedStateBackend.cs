using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>
/// All keyed state of one operator in one task. A restored state is read when the operator first asks for it; what nobody has asked for yet
/// is carried over to the next checkpoint as it is, so that a state that is only used later is not lost.
/// </summary>
internal sealed class KeyedStateBackend<TKey>
    where TKey : notnull
{
    /// <summary>The scope of state per key.</summary>
    public const string GlobalScope = "state";

    private readonly Func<long> _now;
    private readonly Func<IStateStore?>? _store;
    private ISnapshotReader? _restored;
    private readonly Dictionary<string, IStateTable> _tables = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unclaimed = new(StringComparer.Ordinal);

    public KeyedStateBackend(KeyContext<TKey> keys, Func<long> now, ISnapshotReader? restored, Func<IStateStore?>? store = null)
    {
        Keys = keys;
        _now = now;
        _restored = restored;
        _store = store;
        Global = new KeyedStateStore<TKey, VoidNamespace>(this, GlobalScope, TypeSerializers.For<VoidNamespace>());
        ReadCatalog();
    }

    public KeyContext<TKey> Keys { get; }

    /// <summary>State per key.</summary>
    public KeyedStateStore<TKey, VoidNamespace> Global { get; }

    /// <summary>The keys of a table that was created.</summary>
    public IEnumerable<TKey> KeysOf(string table) => ((IKeyedTable<TKey>)_tables[table]).Keys;

    public TtlClock Clock(StateTtlConfig config) => new(config, _now);

    public StateTable<TKey, TNamespace, TValue> CreateTable<TNamespace, TValue>(
        string name,
        TypeSerializer<TNamespace> namespaces,
        TypeSerializer<TValue> values
    )
        where TNamespace : struct
    {
        StateTable<TKey, TNamespace, TValue> table = new(name, Keys, namespaces, values, _store?.Invoke());
        _tables.Add(name, table);
        if (_restored is not null && _unclaimed.Remove(name))
        {
            table.Restore(_restored);

            // A task may live for long.
            _restored = _unclaimed.Count > 0 ? _restored : null;
        }

        return table;
    }

    /// <summary>Brings what is kept of keys near to the processor, as they come next: a hint.</summary>
    /// <param name="hashes">The hashes of the keys.</param>
    public void Prefetch(ReadOnlySpan<uint> hashes)
    {
        foreach (IStateTable table in _tables.Values)
        {
            table.Prefetch(hashes);
        }
    }

    public void Snapshot(ISnapshotWriter writer)
    {
        DataWriter catalog = writer.Section(KeyedStateCatalog.Section);
        catalog.WriteVarUInt32((uint)(_tables.Count + _unclaimed.Count));
        foreach (string name in _tables.Keys.Concat(_unclaimed).Order(StringComparer.Ordinal))
        {
            catalog.WriteString(name);
        }

        foreach (IStateTable table in _tables.Values)
        {
            table.Snapshot(writer);
        }

        foreach (string name in _unclaimed)
        {
            foreach (KeyGroupSection section in _restored!.KeyGroupSections(name))
            {
                writer.CarryOver(name, section);
            }
        }
    }

    private void ReadCatalog()
    {
        if (_restored is not null)
        {
            _unclaimed.UnionWith(KeyedStateCatalog.Read(_restored));
        }
    }
}

/// <summary>Names of the tables that an operator has, also of those without entries.</summary>
internal static class KeyedStateCatalog
{
    public const string Section = "keyed-states";

    public static IEnumerable<string> Read(ISnapshotReader restored)
    {
        foreach (ReadOnlyMemory<byte> section in restored.Sections(Section))
        {
            foreach (string name in NamesIn(section.Span))
            {
                yield return name;
            }
        }
    }

    private static string[] NamesIn(ReadOnlySpan<byte> section)
    {
        DataReader reader = new(section);
        string[] names = new string[reader.ReadCount()];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = reader.ReadString() ?? "";
        }

        return names;
    }
}
