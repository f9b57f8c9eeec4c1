using System.Text.Json;

namespace Millrace.Serialization;

/// <summary>A value of which only the schema is known: its bytes. Equal where the bytes are.</summary>
/// <param name="Node">What reads it.</param>
/// <param name="Bytes">The bytes as they were written.</param>
internal readonly record struct SchemaValue(SchemaNode Node, ReadOnlyMemory<byte> Bytes)
{
    public bool Equals(SchemaValue other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        DataReader reader = new(Bytes.Span);
        Node.WriteJson(ref reader, json);
    }

    public override string ToString() => SchemaJson.ToText(WriteJson);
}

/// <summary>
/// Reads values of any type by the schema that they were written with, so that state is read by the code that reads it in a job.
/// </summary>
internal sealed class SchemaSerializer : TypeSerializer<SchemaValue>
{
    public SchemaSerializer(TypeSchema schema)
    {
        Schema = schema;
        Node = SchemaNode.Of(schema);
    }

    public override TypeSchema Schema { get; }

    public SchemaNode Node { get; }

    public override void Serialize(SchemaValue value, DataWriter writer) => writer.WriteRaw(value.Bytes.Span);

    public override SchemaValue Deserialize(ref DataReader reader)
    {
        DataReader begin = reader;
        Node.Skip(ref reader);
        return new SchemaValue(Node, begin.ReadRaw(reader.Position - begin.Position).ToArray());
    }

    public override TypeSerializer<SchemaValue> ForWritten(TypeSchema written) =>
        written.IsSameFormat(Schema) ? this : new SchemaSerializer(written);
}
