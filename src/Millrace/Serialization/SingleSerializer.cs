namespace Millrace.Serialization;

internal sealed class SingleSerializer : LeafSerializer<float>
{
    public SingleSerializer()
        : base(SchemaKinds.Float32) { }

    public override void Serialize(float value, DataWriter writer) => writer.WriteInt32(BitConverter.SingleToInt32Bits(value));

    public override float Deserialize(ref DataReader reader) => BitConverter.Int32BitsToSingle(reader.ReadInt32());
}
