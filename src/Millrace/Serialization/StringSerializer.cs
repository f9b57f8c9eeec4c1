namespace Millrace.Serialization;

internal sealed class StringSerializer : LeafSerializer<string>
{
    public StringSerializer()
        : base(SchemaKinds.String) { }

    public override void Serialize(string value, DataWriter writer) => writer.WriteString(value);

    public override string Deserialize(ref DataReader reader) => reader.ReadString()!;
}
