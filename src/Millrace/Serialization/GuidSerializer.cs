namespace Millrace.Serialization;

internal sealed class GuidSerializer : LeafSerializer<Guid>
{
    public GuidSerializer()
        : base(SchemaKinds.Guid) { }

    public override void Serialize(Guid value, DataWriter writer)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes);
        writer.WriteRaw(bytes);
    }

    public override Guid Deserialize(ref DataReader reader) => new(reader.ReadRaw(16));
}
