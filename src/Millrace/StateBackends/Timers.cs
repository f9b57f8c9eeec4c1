using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>The timers of one time domain of an operator in one task, and how they are written: per key group, with the schemas of key and
/// namespace in front.</summary>
internal abstract class Timers<TKey, TNamespace>(string name, KeyContext<TKey> keys, TypeSerializer<TNamespace> namespaces) : IDeferredState
    where TKey : notnull
    where TNamespace : struct
{
    private const byte FormatVersion = StateFormat.TimersVersion;

    public string Name => name;

    public KeyGroupRange KeyGroups => keys.KeyGroups;

    public abstract long Count { get; }

    /// <summary>Makes what holds timers, without any.</summary>
    /// <param name="name">Name of the sections.</param>
    /// <param name="keys">The keys of the task.</param>
    /// <param name="namespaces">The bytes of namespaces.</param>
    /// <param name="store">Where timers lie that memory has no room for; <see langword="null"/> = they stay in memory.</param>
    public static Timers<TKey, TNamespace> Create(
        string name,
        KeyContext<TKey> keys,
        TypeSerializer<TNamespace> namespaces,
        IStateStore? store
    ) =>
        store is null
            ? new TimerQueue<TKey, TNamespace>(name, keys, namespaces)
            : new StoredTimerQueue<TKey, TNamespace>(name, keys, namespaces, store);

    /// <summary>Sets a timer for the current key.</summary>
    public abstract void Register(TNamespace space, long timestamp);

    /// <summary>Deletes a timer of the current key.</summary>
    public abstract void Delete(TNamespace space, long timestamp);

    /// <summary>The time of the earliest timer, if any.</summary>
    public abstract bool TryPeek(out long timestamp);

    /// <summary>Takes the earliest timer that is due and makes its key the current one.</summary>
    public abstract bool TryTake(long now, out TimerKey<TKey, TNamespace> timer);

    public abstract void Snapshot(ISnapshotWriter snapshot);

    public abstract void Begin(KeyGroupSections sections);

    public abstract bool Advance(ref int budget);

    public abstract void Abandon();

    public abstract void Restore(ISnapshotReader snapshot);

    public void WriteHeader(DataWriter writer)
    {
        writer.WriteByte(FormatVersion);
        keys.Serializer.Schema.WriteTo(writer);
        namespaces.Schema.WriteTo(writer);
    }

    protected void WriteTimer(DataWriter writer, in TimerKey<TKey, TNamespace> timer)
    {
        writer.WriteVarInt64(timer.Timestamp);
        keys.Serializer.Serialize(timer.Key, writer);
        namespaces.Serialize(timer.Namespace, writer);
    }

    protected (TypeSerializer<TKey> Keys, TypeSerializer<TNamespace> Namespaces) ReadHeader(KeyGroupSection section, out DataReader reader)
    {
        reader = new DataReader(section.Beginning);
        StateFormat.RequireVersion(ref reader, FormatVersion, Name);
        (TypeSerializer<TKey>, TypeSerializer<TNamespace>) written = (
            StateFormat.ReadKeySchema(ref reader, keys.Serializer, Name),
            StateFormat.ReadSchema(ref reader, namespaces, Name)
        );
        reader = section.Header.IsEmpty ? reader : new DataReader(section.Data.Span);
        return written;
    }

    protected TimerKey<TKey, TNamespace> ReadTimer(
        ref DataReader reader,
        TypeSerializer<TKey> keyReader,
        TypeSerializer<TNamespace> namespaceReader,
        KeyGroupSection section,
        ref bool hasMoved,
        out uint hash
    )
    {
        long timestamp = reader.ReadVarInt64();
        TKey key = keyReader.Deserialize(ref reader);
        hash = keys.Hasher.Hash(key);
        hasMoved |= RestoredKeys.HasMoved(key, hash, section.KeyGroup, keys.KeyGroups, keys.MaxParallelism, Name);
        return new TimerKey<TKey, TNamespace>(timestamp, key, namespaceReader.Deserialize(ref reader));
    }
}
