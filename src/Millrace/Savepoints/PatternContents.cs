using System.Text.Json;
using Millrace.Checkpoints;
using Millrace.Operators.Patterns;
using Millrace.Patterns;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Savepoints;

/// <summary>Events and partial matches that a pattern keeps per key.</summary>
internal sealed class PatternContents : StateContents
{
    private readonly SchemaSerializer _keys;
    private readonly SchemaSerializer _events;
    private readonly string _uid;
    private readonly string _shape;

    public PatternContents(ISnapshotReader reader, string section, int maxParallelism, string uid)
        : base(reader, section, maxParallelism)
    {
        _uid = uid;
        KeyGroupSection first = First ?? throw new InvalidOperationException($"There is no section '{section}' of '{uid}'.");
        PatternSchema? before = PatternSchema.Read(reader, uid, PatternSchema.IsBefore(first));
        if (!PatternSchema.IsBefore(first))
        {
            DataReader data = new(first.Beginning);
            TypeSchema[] schemas = StateFormat.ReadSchemas(ref data, PatternSchema.TableVersion, 3, section);
            (_shape, Keys, Values) = (KeyMatchesSchema.ShapeOf(schemas[2]), schemas[0], KeyMatchesSchema.EventsOf(schemas[2]));
        }
        else
        {
            (_shape, Keys, Values) = before!;
        }

        (_keys, _events) = (new(Keys), new(Values));
    }

    public override string Kind => "partial matches";

    private bool IsReadable => _keys.Node.IsKnown && _events.Node.IsKnown;

    public override long? CountOf(int keyGroup)
    {
        if (SectionsOf(keyGroup) is [{ IsChange: false } only])
        {
            return CountOf(only);
        }

        return IsReadable ? Load(keyGroup).Count : null;
    }

    public override IEnumerable<StateEntry> Read(int keyGroup) =>
        IsReadable
            ? Load(keyGroup)
                .Entries.Select(entry => new StateEntry(
                    keyGroup,
                    entry.Key.Key.WriteJson,
                    null,
                    ("waiting", json => WriteEvents(json, entry.Value.Waiting.Select(static each => (-1, each.Timestamp, each.Value)))),
                    ("partial", json => WriteMatches(json, entry.Value.Partial)),
                    ("completed", json => WriteMatches(json, entry.Value.Completed))
                ))
            : SectionsOf(keyGroup).Select(section => Undecoded(section, Values!));

    private static long CountOf(in KeyGroupSection section)
    {
        DataReader data = new(section.Data.Span);
        if (PatternSchema.IsBefore(section))
        {
            return data.ReadVarUInt32();
        }

        if (section.Header.IsEmpty)
        {
            StateFormat.ReadSchemas(ref data, PatternSchema.TableVersion, 3, PatternStateFormat<SchemaValue, SchemaValue>.KeysSection);
        }

        return data.ReadInt32();
    }

    private StateTable<SchemaValue, VoidNamespace, KeyMatches<SchemaValue>> Load(int keyGroup)
    {
        (KeyGroupRange range, SchemaKeyHasher hasher) = RangeOf(keyGroup);
        KeyContext<SchemaValue> context = new(hasher, _keys, range, MaxParallelism);
        PatternStateFormat<SchemaValue, SchemaValue> format = new(_uid, context, new(_uid, _shape, _events));
        StateTable<SchemaValue, VoidNamespace, KeyMatches<SchemaValue>> table = format.CreateTable(store: null);
        format.Restore(ReaderOf(keyGroup), table);
        return table;
    }

    private static void WriteMatches(Utf8JsonWriter json, List<PartialMatch<SchemaValue>> matches)
    {
        json.WriteStartArray();
        foreach (PartialMatch<SchemaValue> match in matches)
        {
            Stack<(int Stage, long Timestamp, SchemaValue Value)> events = new(match.Last.Count);
            for (MatchNode<SchemaValue>? node = match.Last; node is not null; node = node.Previous)
            {
                events.Push((node.Stage, node.Event.Timestamp, node.Event.Value));
            }

            WriteEvents(json, events);
        }

        json.WriteEndArray();
    }

    private static void WriteEvents(Utf8JsonWriter json, IEnumerable<(int Stage, long Timestamp, SchemaValue Value)> events)
    {
        json.WriteStartArray();
        foreach ((int stage, long timestamp, SchemaValue value) in events)
        {
            json.WriteStartObject();
            if (stage >= 0)
            {
                json.WriteNumber("stage", stage);
            }

            json.WriteNumber("timestamp", timestamp);
            json.WritePropertyName("value");
            value.WriteJson(json);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
