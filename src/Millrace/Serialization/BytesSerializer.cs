namespace Millrace.Serialization;

/// <summary>A byte array: length + 1 (0 = <see langword="null"/>), then the bytes.</summary>
internal sealed class BytesSerializer : LeafSerializer<byte[]?>
{
    public BytesSerializer()
        : base(SchemaKinds.Bytes) { }

    public override void Serialize(byte[]? value, DataWriter writer)
    {
        if (value is null)
        {
            writer.WriteByte(0);
            return;
        }

        writer.WriteVarUInt64((ulong)value.Length + 1);
        writer.WriteRaw(value);
    }

    public override byte[]? Deserialize(ref DataReader reader)
    {
        ulong size = reader.ReadVarUInt64();
        return size == 0 ? null : reader.ReadRaw(checked((int)(size - 1))).ToArray();
    }
}
