namespace Millrace.Formats;

/// <summary>A schema as a registry holds it.</summary>
/// <param name="SchemaType"><c>AVRO</c> or <c>PROTOBUF</c>.</param>
/// <param name="Schema">Avro: the schema's JSON. Protobuf: the <c>.proto</c> text or the base64 of a <c>FileDescriptorProto</c>.</param>
public sealed record RegisteredSchema(string SchemaType, string Schema)
{
    /// <summary>The type of Avro schemas; what a registry means if it names none.</summary>
    public const string Avro = "AVRO";

    /// <summary>The type of Protobuf schemas.</summary>
    public const string Protobuf = "PROTOBUF";
}
