using Millrace.Checkpoints;
using Millrace.Patterns;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Operators;

/// <summary>
/// Binary format of a pattern operator, version 2 (version 1 knew other states of the automaton). Section <c>patterns.schema</c>: version,
/// shape of the pattern, schemas of key and event. Keyed section <c>patterns</c>: the group's keys, each with next sequence number, waiting
/// events, taken events, the tree of nodes (each after its predecessor), partial matches and completed matches that wait.
/// </summary>
internal sealed class PatternStateFormat<TKey, T>(Automaton<T> automaton, TypeSerializer<TKey> keys, TypeSerializer<T> events)
    where TKey : notnull
{
    private const byte FormatVersion = 2;
    private const string SchemaSection = "patterns.schema";
    private const string KeysSection = "patterns";

    public void Snapshot(ISnapshotWriter writer, KeyedTable<TKey, KeyMatches<TKey, T>> table, KeyGroupRange range, int maxParallelism)
    {
        DataWriter schema = writer.Section(SchemaSection);
        schema.WriteByte(FormatVersion);
        schema.WriteString(automaton.Shape);
        keys.Schema.WriteTo(schema);
        events.Schema.WriteTo(schema);
        PatternTreeWriter<T> tree = new(events);
        using KeyGroupIndex index = table.IndexByKeyGroup(range, maxParallelism);
        for (int group = range.Start; group < range.End; group++)
        {
            ReadOnlySpan<int> entries = index.EntriesOf(group);
            if (entries.IsEmpty)
            {
                continue;
            }

            DataWriter section = writer.KeyGroupSection(KeysSection, group);
            section.WriteVarUInt32((uint)entries.Length);
            foreach (int entry in entries)
            {
                Write(section, table.ValueAt(entry), tree);
            }
        }
    }

    public IEnumerable<KeyMatches<TKey, T>> Restore(
        ISnapshotReader reader,
        string uid,
        IKeyHasher<TKey> hasher,
        KeyGroupRange range,
        int maxParallelism
    )
    {
        IReadOnlyList<KeyGroupSection> sections = reader.KeyGroupSections(KeysSection);
        if (sections.Count == 0)
        {
            return [];
        }

        (TypeSerializer<TKey> keyReader, TypeSerializer<T> eventReader) = ReadersOf(reader, uid);
        List<KeyMatches<TKey, T>> restored = [];
        foreach (KeyGroupSection section in sections)
        {
            DataReader data = new(section.Data.Span);
            for (uint count = data.ReadVarUInt32(); count > 0; count--)
            {
                KeyMatches<TKey, T> key = Read(ref data, keyReader, eventReader, hasher);
                RestoredKeys.HasMoved(key.Key, key.Hash, section.KeyGroup, range, maxParallelism, uid);
                restored.Add(key);
            }
        }

        return restored;
    }

    private void Write(DataWriter section, KeyMatches<TKey, T> key, PatternTreeWriter<T> tree)
    {
        keys.Serialize(key.Key, section);
        section.WriteVarInt64(key.NextSequence);
        section.WriteVarUInt32((uint)key.Waiting.Count);
        foreach ((long timestamp, T value) in key.Waiting)
        {
            section.WriteVarInt64(timestamp);
            events.Serialize(value, section);
        }

        tree.Write(section, key.Partial, key.Completed);
    }

    private static KeyMatches<TKey, T> Read(
        ref DataReader data,
        TypeSerializer<TKey> keyReader,
        TypeSerializer<T> eventReader,
        IKeyHasher<TKey> hasher
    )
    {
        TKey key = keyReader.Deserialize(ref data);
        KeyMatches<TKey, T> matches = new(key, hasher.Hash(key)) { NextSequence = data.ReadVarInt64() };
        for (uint count = data.ReadVarUInt32(); count > 0; count--)
        {
            long timestamp = data.ReadVarInt64();
            matches.Waiting.Add((timestamp, eventReader.Deserialize(ref data)));
        }

        PatternTreeReader<T>.Read(ref data, eventReader, matches.Partial, matches.Completed);
        return matches;
    }

    private (TypeSerializer<TKey> Keys, TypeSerializer<T> Events) ReadersOf(ISnapshotReader reader, string uid)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> schemas = reader.Sections(SchemaSection);
        if (schemas.Count == 0)
        {
            throw new InvalidDataException(
                $"Pattern operator '{uid}' has partial matches in the checkpoint but no schema of them; the checkpoint is damaged, restore "
                    + "an earlier one."
            );
        }

        DataReader data = new(schemas[0].Span);
        byte version = data.ReadByte();
        if (version != FormatVersion)
        {
            throw new StateMigrationException(
                $"Pattern operator '{uid}' has state of format version {version} in the checkpoint, this Millrace reads {FormatVersion}; "
                    + "restore with a version that reads it, or give the operator another uid to begin anew."
            );
        }

        string shape = data.ReadString() ?? "";
        if (!string.Equals(shape, automaton.Shape, StringComparison.Ordinal))
        {
            throw new StateMigrationException(
                $"Pattern operator '{uid}' has partial matches of the pattern '{shape}' in the checkpoint, the job looks for "
                    + $"'{automaton.Shape}'; "
                    + "only conditions, Within and the skip strategy may change. Give the operator another uid to begin anew."
            );
        }

        return (keys.ForWritten(TypeSchema.ReadFrom(ref data)), events.ForWritten(TypeSchema.ReadFrom(ref data)));
    }
}
