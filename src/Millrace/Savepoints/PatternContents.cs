using System.Text.Json;
using Millrace.Checkpoints;
using Millrace.Operators.Patterns;
using Millrace.Patterns;
using Millrace.Serialization;

namespace Millrace.Savepoints;

/// <summary>Events and partial matches that a pattern keeps per key.</summary>
internal sealed class PatternContents : StateContents
{
    private readonly SchemaSerializer _keys;
    private readonly SchemaSerializer _events;

    public PatternContents(ISnapshotReader reader, string section, int maxParallelism, string uid)
        : base(reader, section, maxParallelism)
    {
        PatternSchema schema = PatternSchema.Read(reader, uid);
        (_keys, _events) = (new(schema.Keys), new(schema.Events));
        (Keys, Values) = (schema.Keys, schema.Events);
    }

    public override string Kind => "partial matches";

    public override long? CountOf(int keyGroup) =>
        SectionsOf(keyGroup)
            .Sum(static section =>
            {
                DataReader data = new(section.Data.Span);
                return (long)data.ReadVarUInt32();
            });

    public override IEnumerable<StateEntry> Read(int keyGroup) =>
        _keys.Node.IsKnown && _events.Node.IsKnown
            ? SectionsOf(keyGroup)
                .SelectMany(section => PatternStateFormat<SchemaValue, SchemaValue>.Read(section, _keys, _events, RangeOf(keyGroup).Hasher))
                .Select(key => new StateEntry(
                    keyGroup,
                    key.Key.WriteJson,
                    null,
                    ("waiting", json => WriteEvents(json, key.Waiting.Select(static each => (-1, each.Timestamp, each.Value)))),
                    ("partial", json => WriteMatches(json, key.Partial)),
                    ("completed", json => WriteMatches(json, key.Completed))
                ))
            : SectionsOf(keyGroup).Select(section => Undecoded(section, Values!));

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
