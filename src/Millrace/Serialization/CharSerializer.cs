namespace Millrace.Serialization;

internal sealed class CharSerializer : LeafSerializer<char>
{
    public CharSerializer()
        : base(SchemaKinds.Char) { }

    public override void Serialize(char value, DataWriter writer) => writer.WriteVarUInt32(value);

    public override char Deserialize(ref DataReader reader) => checked((char)reader.ReadVarUInt32());
}
