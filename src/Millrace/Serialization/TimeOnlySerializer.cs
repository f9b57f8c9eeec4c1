namespace Millrace.Serialization;

internal sealed class TimeOnlySerializer : LeafSerializer<TimeOnly>
{
    public TimeOnlySerializer()
        : base(SchemaKinds.Time) { }

    public override void Serialize(TimeOnly value, DataWriter writer) => writer.WriteVarInt64(value.Ticks);

    public override TimeOnly Deserialize(ref DataReader reader) => new(reader.ReadVarInt64());
}
