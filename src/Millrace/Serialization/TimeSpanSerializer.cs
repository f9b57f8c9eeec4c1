namespace Millrace.Serialization;

internal sealed class TimeSpanSerializer : LeafSerializer<TimeSpan>
{
    public TimeSpanSerializer()
        : base(SchemaKinds.TimeSpan) { }

    public override void Serialize(TimeSpan value, DataWriter writer) => writer.WriteVarInt64(value.Ticks);

    public override TimeSpan Deserialize(ref DataReader reader) => new(reader.ReadVarInt64());
}
