using Millrace.Checkpoints;
using Millrace.Patterns;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Operators.Patterns;

/// <summary>
/// Binary format of a pattern operator, version 2 (version 1 knew other states of the automaton). Section <c>patterns.schema</c>: version,
/// shape of the pattern, schemas of key and event. Keyed section <c>patterns</c>: the group's keys, each with next sequence number, waiting
/// events, taken events, the tree of nodes (each after its predecessor), partial matches and completed matches that wait.
/// </summary>
internal sealed class PatternStateFormat<TKey, T>(Automaton<T> automaton, TypeSerializer<TKey> keys, TypeSerializer<T> events)
    where TKey : notnull
{
    public const string KeysSection = "patterns";

    public void Snapshot(ISnapshotWriter writer, KeyGroupTable<TKey, KeyMatches<TKey, T>> table, KeyGroupRange range, int maxParallelism)
    {
        DataWriter schema = writer.Section(PatternSchema.Section);
        schema.WriteByte(PatternSchema.Version);
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
            List<KeyMatches<TKey, T>> keysOfGroup = Read(section, keyReader, eventReader, hasher);
            foreach (KeyMatches<TKey, T> key in keysOfGroup)
            {
                RestoredKeys.HasMoved(key.Key, key.Hash, section.KeyGroup, range, maxParallelism, uid);
            }

            restored.AddRange(keysOfGroup);
        }

        return restored;
    }

    /// <summary>The keys of a section.</summary>
    public static List<KeyMatches<TKey, T>> Read(
        KeyGroupSection section,
        TypeSerializer<TKey> keyReader,
        TypeSerializer<T> eventReader,
        IKeyHasher<TKey> hasher
    )
    {
        List<KeyMatches<TKey, T>> read = [];
        DataReader data = new(section.Data.Span);
        for (uint count = data.ReadVarUInt32(); count > 0; count--)
        {
            read.Add(Read(ref data, keyReader, eventReader, hasher));
        }

        return read;
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
        PatternSchema written = PatternSchema.Read(reader, uid);
        if (!string.Equals(written.Shape, automaton.Shape, StringComparison.Ordinal))
        {
            throw new StateMigrationException(
                $"Pattern operator '{uid}' has partial matches of the pattern '{written.Shape}' in the checkpoint, the job looks for "
                    + $"'{automaton.Shape}'; "
                    + "only conditions, Within and the skip strategy may change. Give the operator another uid to begin anew."
            );
        }

        return (keys.ForWritten(written.Keys), events.ForWritten(written.Events));
    }
}

/// <summary>What a pattern operator has written its state with.</summary>
internal sealed record PatternSchema(string Shape, TypeSchema Keys, TypeSchema Events)
{
    public const byte Version = 2;
    public const string Section = "patterns.schema";

    public static PatternSchema Read(ISnapshotReader reader, string uid)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> schemas = reader.Sections(Section);
        if (schemas.Count == 0)
        {
            throw new InvalidDataException(
                $"Pattern operator '{uid}' has partial matches in the checkpoint but no schema of them; the checkpoint is damaged, restore "
                    + "an earlier one."
            );
        }

        DataReader data = new(schemas[0].Span);
        byte version = data.ReadByte();
        if (version != Version)
        {
            throw new StateMigrationException(
                $"Pattern operator '{uid}' has state of format version {version} in the checkpoint, this Millrace reads {Version}; "
                    + "restore with a version that reads it, or give the operator another uid to begin anew."
            );
        }

        return new PatternSchema(data.ReadString() ?? "", TypeSchema.ReadFrom(ref data), TypeSchema.ReadFrom(ref data));
    }
}

/// <summary>Reads what <see cref="PatternTreeWriter{T}"/> wrote.</summary>
internal static class PatternTreeReader<T>
{
    public static void Read(
        ref DataReader data,
        TypeSerializer<T> eventReader,
        List<PartialMatch<T>> partial,
        List<PartialMatch<T>> completed
    )
    {
        MatchEvent<T>[] events = new MatchEvent<T>[data.ReadCount()];
        for (int i = 0; i < events.Length; i++)
        {
            long sequence = data.ReadVarInt64();
            long timestamp = data.ReadVarInt64();
            events[i] = new MatchEvent<T>(eventReader.Deserialize(ref data), timestamp, sequence);
        }

        MatchNode<T>[] nodes = new MatchNode<T>[data.ReadCount()];
        for (int i = 0; i < nodes.Length; i++)
        {
            uint previous = data.ReadVarUInt32();
            uint stage = data.ReadVarUInt32();
            nodes[i] = new MatchNode<T>(previous == 0 ? null : nodes[previous - 1], (int)stage, events[data.ReadVarUInt32()]);
        }

        ReadMatches(ref data, nodes, partial);
        ReadMatches(ref data, nodes, completed);
    }

    private static void ReadMatches(ref DataReader data, MatchNode<T>[] nodes, List<PartialMatch<T>> matches)
    {
        for (uint count = data.ReadVarUInt32(); count > 0; count--)
        {
            int way = (int)data.ReadVarUInt32();
            MatchNode<T> last = nodes[data.ReadVarUInt32()];
            long startTimestamp = data.ReadVarInt64();
            matches.Add(new PartialMatch<T>(way, last, startTimestamp, data.ReadVarInt64()));
        }
    }
}

/// <summary>Writes the shared tree of a key's partial matches: every event and node once.</summary>
internal sealed class PatternTreeWriter<T>(TypeSerializer<T> events)
{
    private readonly Dictionary<MatchEvent<T>, int> _eventNumbers = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<MatchNode<T>, int> _nodeNumbers = new(ReferenceEqualityComparer.Instance);
    private readonly List<MatchEvent<T>> _events = [];
    private readonly List<MatchNode<T>> _nodes = [];

    public void Write(DataWriter section, List<PartialMatch<T>> partial, List<PartialMatch<T>> completed)
    {
        Number(partial);
        Number(completed);
        section.WriteVarUInt32((uint)_events.Count);
        foreach (MatchEvent<T> taken in _events)
        {
            section.WriteVarInt64(taken.Sequence);
            section.WriteVarInt64(taken.Timestamp);
            events.Serialize(taken.Value, section);
        }

        section.WriteVarUInt32((uint)_nodes.Count);
        foreach (MatchNode<T> node in _nodes)
        {
            section.WriteVarUInt32(node.Previous is null ? 0 : (uint)_nodeNumbers[node.Previous] + 1);
            section.WriteVarUInt32((uint)node.Stage);
            section.WriteVarUInt32((uint)_eventNumbers[node.Event]);
        }

        WriteMatches(section, partial);
        WriteMatches(section, completed);
        _eventNumbers.Clear();
        _nodeNumbers.Clear();
        _events.Clear();
        _nodes.Clear();
    }

    private void WriteMatches(DataWriter section, List<PartialMatch<T>> matches)
    {
        section.WriteVarUInt32((uint)matches.Count);
        foreach (PartialMatch<T> match in matches)
        {
            section.WriteVarUInt32((uint)match.Way);
            section.WriteVarUInt32((uint)_nodeNumbers[match.Last]);
            section.WriteVarInt64(match.StartTimestamp);
            section.WriteVarInt64(match.StartSequence);
        }
    }

    private void Number(List<PartialMatch<T>> matches)
    {
        foreach (PartialMatch<T> match in matches)
        {
            int first = _nodes.Count;
            for (MatchNode<T>? node = match.Last; node is not null && !_nodeNumbers.ContainsKey(node); node = node.Previous)
            {
                _nodes.Add(node);
                _nodeNumbers.Add(node, 0);
                if (_eventNumbers.TryAdd(node.Event, _events.Count))
                {
                    _events.Add(node.Event);
                }
            }

            _nodes.Reverse(first, _nodes.Count - first);
            for (int i = first; i < _nodes.Count; i++)
            {
                _nodeNumbers[_nodes[i]] = i;
            }
        }
    }
}
