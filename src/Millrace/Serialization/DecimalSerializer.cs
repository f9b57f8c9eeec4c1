namespace Millrace.Serialization;

/// <summary>The four words of a decimal, so that its scale survives.</summary>
internal sealed class DecimalSerializer : LeafSerializer<decimal>
{
    public DecimalSerializer()
        : base(SchemaKinds.Decimal) { }

    public override void Serialize(decimal value, DataWriter writer)
    {
        Span<int> words = stackalloc int[4];
        decimal.GetBits(value, words);
        foreach (int word in words)
        {
            writer.WriteInt32(word);
        }
    }

    public override decimal Deserialize(ref DataReader reader)
    {
        Span<int> words = [reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32()];
        return new decimal(words);
    }
}
