namespace Millrace.Serialization;

internal sealed class BooleanSerializer : LeafSerializer<bool>
{
    public BooleanSerializer()
        : base(SchemaKinds.Bool) { }

    public override void Serialize(bool value, DataWriter writer) => writer.WriteBoolean(value);

    public override bool Deserialize(ref DataReader reader) => reader.ReadBoolean();
}
