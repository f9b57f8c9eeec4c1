using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Savepoints;

/// <summary>Keyed state that an operator gets from outside.</summary>
internal abstract class KeyedStateBootstrap
{
    /// <summary>Names of the tables that it gets.</summary>
    protected HashSet<string> Tables { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether a section is written here, new or as it was.</summary>
    public bool Writes(string section, IReadOnlyCollection<string> formerTables) =>
        string.Equals(section, KeyedStateCatalog.Section, StringComparison.Ordinal)
        || Tables.Contains(section)
        || formerTables.Contains(section, StringComparer.Ordinal);

    /// <summary>Writes the operator's keyed state: what it gets, and what it has beside that.</summary>
    /// <param name="former">What it has; <see langword="null"/> = nothing.</param>
    /// <param name="writer">Where to.</param>
    /// <param name="maxParallelism">Number of key groups.</param>
    /// <param name="now">What time it is, for entries that expire.</param>
    public abstract void Write(ISnapshotReader? former, ISnapshotWriter writer, int maxParallelism, long now);

    /// <summary>Leaves out the tables that are replaced.</summary>
    protected sealed class Remaining(ISnapshotReader former, IReadOnlySet<string> replaced) : ISnapshotReader
    {
        public IReadOnlyList<ReadOnlyMemory<byte>> Sections(string name) => former.Sections(name);

        public IReadOnlyList<KeyGroupSection> KeyGroupSections(string name) => replaced.Contains(name) ? [] : former.KeyGroupSections(name);
    }
}

/// <summary>Keyed state with keys of one type. It is put in its key groups, and written, by what a task keeps its state with.</summary>
internal sealed class KeyedStateBootstrap<TKey>(string uid) : KeyedStateBootstrap
    where TKey : notnull
{
    private readonly IKeyHasher<TKey> _hasher = KeyHashers.For<TKey>();
    private readonly TypeSerializer<TKey> _serializer = TypeSerializers.For<TKey>();
    private readonly List<Action<KeyedStateBackend<TKey>>> _states = [];

    public void Add(StateDescriptor descriptor, Action<KeyedStateBackend<TKey>> fill)
    {
        if (!Tables.Add(KeyedStateStore<TKey, VoidNamespace>.TableOf(KeyedStateBackend<TKey>.GlobalScope, descriptor)))
        {
            throw new ArgumentException(
                $"State '{descriptor.Name}' of operator '{uid}' is given twice; give all its entries at once.",
                nameof(descriptor)
            );
        }

        _states.Add(fill);
    }

    public override void Write(ISnapshotReader? former, ISnapshotWriter writer, int maxParallelism, long now)
    {
        KeyContext<TKey> keys = new(_hasher, _serializer, new KeyGroupRange(0, maxParallelism), maxParallelism);
        KeyedStateBackend<TKey> backend = new(keys, () => now, former is null ? null : new Remaining(former, Tables));
        foreach (Action<KeyedStateBackend<TKey>> fill in _states)
        {
            fill(backend);
        }

        backend.Snapshot(writer);
    }
}
