namespace Millrace.Serialization;

/// <summary>Ticks and kind, independent of the machine's time zone.</summary>
internal sealed class DateTimeSerializer : LeafSerializer<DateTime>
{
    public DateTimeSerializer()
        : base(SchemaKinds.DateTime) { }

    public override void Serialize(DateTime value, DataWriter writer)
    {
        writer.WriteByte((byte)value.Kind);
        writer.WriteInt64(value.Ticks);
    }

    public override DateTime Deserialize(ref DataReader reader)
    {
        DateTimeKind kind = (DateTimeKind)reader.ReadByte();
        return new DateTime(reader.ReadInt64(), kind);
    }
}
