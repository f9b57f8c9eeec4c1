using System.Text.Json;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.StateBackends;

namespace Millrace.Savepoints;

/// <summary>A broadcast state. Every task has written it, all alike: any one is read.</summary>
internal sealed class BroadcastContents : StateContents
{
    private readonly ReadOnlyMemory<byte> _section;

    public BroadcastContents(ISnapshotReader reader, string section)
        : base(reader, section, maxParallelism: 1)
    {
        _section = reader.Sections(section)[0];
        DataReader data = new(_section.Span);
        Values = TypeSchema.ReadFrom(ref data);
    }

    public override string Name => Section[BroadcastStates.SectionPrefix.Length..];

    public override string Kind => "broadcast map";

    public override long Bytes => Reader.Sections(Section).Sum(static section => (long)section.Length);

    public override long? CountOf(int keyGroup) => null;

    public override long? Count()
    {
        DataReader data = new(_section.Span);
        TypeSchema.ReadFrom(ref data);
        return Counts.Read(ref data);
    }

    public override IEnumerable<StateEntry> Read(int keyGroup) => [];

    public override IEnumerable<StateEntry> Read()
    {
        DataReader data = new(_section.Span);
        TypeSchema schema = TypeSchema.ReadFrom(ref data);
        ReadOnlyMemory<byte> rest = _section[data.Position..];
        if (!IsKnown(schema))
        {
            return [new StateEntry(-1, null, null, StateEntry.Undecoded(schema, rest))];
        }

        (SchemaSerializer keys, SchemaSerializer values) = (new(schema.Fields[0].Schema), new(schema.Fields[1].Schema));
        List<StateEntry> entries = [];
        for (int left = Counts.Read(ref data); left > 0; left--)
        {
            SchemaValue key = keys.Deserialize(ref data);
            SchemaValue value = values.Deserialize(ref data);
            entries.Add(new StateEntry(-1, key.WriteJson, null, ("value", (Action<Utf8JsonWriter>)value.WriteJson)));
        }

        return entries;
    }
}
