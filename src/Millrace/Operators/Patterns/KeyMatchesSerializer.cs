using Millrace.Patterns;
using Millrace.Serialization;

namespace Millrace.Operators.Patterns;

/// <summary>
/// Writes what is kept of a key: next sequence number, waiting events, taken events, the tree of nodes (each after its predecessor),
/// partial matches and completed matches that wait. Unlike others it has buffers: for one task alone.
/// </summary>
/// <param name="uid">The operator, for messages.</param>
/// <param name="shape">Shape of the pattern, which partial matches depend on.</param>
/// <param name="events">Writes events.</param>
internal sealed class KeyMatchesSerializer<T>(string uid, string shape, TypeSerializer<T> events) : TypeSerializer<KeyMatches<T>>
{
    private readonly PatternTreeWriter<T> _tree = new(events);

    /// <summary>The pattern stands where a record has the name of a member: under another one the bytes mean something else.</summary>
    public override TypeSchema Schema { get; } =
        new(KeyMatchesSchema.Kind, "partial matches", [new TypeSchema.Field(shape, events.Schema)]);

    public override void Serialize(KeyMatches<T> value, DataWriter writer)
    {
        writer.WriteVarInt64(value.NextSequence);
        writer.WriteVarUInt32((uint)value.Waiting.Count);
        foreach ((long timestamp, T waiting) in value.Waiting)
        {
            writer.WriteVarInt64(timestamp);
            events.Serialize(waiting, writer);
        }

        _tree.Write(writer, value.Partial, value.Completed);
    }

    public override KeyMatches<T> Deserialize(ref DataReader reader)
    {
        KeyMatches<T> matches = new() { NextSequence = reader.ReadVarInt64() };
        for (uint count = reader.ReadVarUInt32(); count > 0; count--)
        {
            long timestamp = reader.ReadVarInt64();
            matches.Waiting.Add((timestamp, events.Deserialize(ref reader)));
        }

        PatternTreeReader<T>.Read(ref reader, events, matches.Partial, matches.Completed);
        return matches;
    }

    public override TypeSerializer<KeyMatches<T>> ForWritten(TypeSchema written)
    {
        if (written.IsSameFormat(Schema))
        {
            return this;
        }

        if (!KeyMatchesSchema.Is(written))
        {
            return Incompatible.Throw<KeyMatches<T>>(written, Schema);
        }

        return ForWritten(KeyMatchesSchema.ShapeOf(written), KeyMatchesSchema.EventsOf(written));
    }

    /// <summary>Reads what was written of a pattern of some shape, with some schema of its events.</summary>
    public KeyMatchesSerializer<T> ForWritten(string writtenShape, TypeSchema writtenEvents) =>
        string.Equals(writtenShape, shape, StringComparison.Ordinal)
            ? new KeyMatchesSerializer<T>(uid, shape, events.ForWritten(writtenEvents))
            : throw new StateMigrationException(
                $"Pattern operator '{uid}' has partial matches of the pattern '{writtenShape}' in the checkpoint, the job looks for "
                    + $"'{shape}'; only conditions, Within and the skip strategy may change. Give the operator another uid to begin anew."
            );
}

/// <summary>What is kept of a key says of itself: the shape of its pattern and the schema of its events.</summary>
internal static class KeyMatchesSchema
{
    /// <summary>Part of the format of state, as <see cref="SchemaKinds"/> are.</summary>
    public const string Kind = "pattern";

    public static bool Is(TypeSchema schema) => string.Equals(schema.Kind, Kind, StringComparison.Ordinal) && schema.Fields.Count == 1;

    public static string ShapeOf(TypeSchema schema) => schema.Fields[0].Name;

    public static TypeSchema EventsOf(TypeSchema schema) => schema.Fields[0].Schema;
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
