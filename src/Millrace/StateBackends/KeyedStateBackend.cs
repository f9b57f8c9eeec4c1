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
    private const string CatalogSection = "keyed-states";

    private readonly Func<long> _now;
    private ISnapshotReader? _restored;
    private readonly Dictionary<string, IStateTable> _tables = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unclaimed = new(StringComparer.Ordinal);

    public KeyedStateBackend(KeyContext<TKey> keys, Func<long> now, ISnapshotReader? restored)
    {
        Keys = keys;
        _now = now;
        _restored = restored;
        Global = new KeyedStateStore<TKey, VoidNamespace>(this, "state", TypeSerializers.For<VoidNamespace>());
        ReadCatalog();
    }

    public KeyContext<TKey> Keys { get; }

    /// <summary>State per key.</summary>
    public KeyedStateStore<TKey, VoidNamespace> Global { get; }

    public TtlClock Clock(StateTtlConfig config) => new(config, _now);

    public StateTable<TKey, TNamespace, TValue> CreateTable<TNamespace, TValue>(
        string name,
        TypeSerializer<TNamespace> namespaces,
        TypeSerializer<TValue> values
    )
        where TNamespace : struct
    {
        StateTable<TKey, TNamespace, TValue> table = new(name, Keys, namespaces, values);
        _tables.Add(name, table);
        if (_restored is not null && _unclaimed.Remove(name))
        {
            table.Restore(_restored);

            // A task may live for long.
            _restored = _unclaimed.Count > 0 ? _restored : null;
        }

        return table;
    }

    public void Snapshot(ISnapshotWriter writer)
    {
        DataWriter catalog = writer.Section(CatalogSection);
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
        foreach (ReadOnlyMemory<byte> section in _restored?.Sections(CatalogSection) ?? [])
        {
            DataReader reader = new(section.Span);
            int count = reader.ReadCount();
            for (int i = 0; i < count; i++)
            {
                _unclaimed.Add(reader.ReadString() ?? "");
            }
        }
    }
}
