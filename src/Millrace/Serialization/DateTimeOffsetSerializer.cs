namespace Millrace.Serialization;

/// <summary>Local ticks and the offset in minutes.</summary>
internal sealed class DateTimeOffsetSerializer : LeafSerializer<DateTimeOffset>
{
    public DateTimeOffsetSerializer()
        : base(SchemaKinds.DateTimeOffset) { }

    public override void Serialize(DateTimeOffset value, DataWriter writer)
    {
        writer.WriteVarInt64(value.TotalOffsetMinutes);
        writer.WriteInt64(value.Ticks);
    }

    public override DateTimeOffset Deserialize(ref DataReader reader)
    {
        TimeSpan offset = TimeSpan.FromMinutes(reader.ReadVarInt64());
        return new DateTimeOffset(reader.ReadInt64(), offset);
    }
}
