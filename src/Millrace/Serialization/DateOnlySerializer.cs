namespace Millrace.Serialization;

internal sealed class DateOnlySerializer : LeafSerializer<DateOnly>
{
    public DateOnlySerializer()
        : base(SchemaKinds.Date) { }

    public override void Serialize(DateOnly value, DataWriter writer) => writer.WriteVarUInt32((uint)value.DayNumber);

    public override DateOnly Deserialize(ref DataReader reader) => DateOnly.FromDayNumber((int)reader.ReadVarUInt32());
}
