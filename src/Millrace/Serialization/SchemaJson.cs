using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Millrace.Serialization;

/// <summary>How values that are known by their schema look in JSON, and schemas in words.</summary>
internal static class SchemaJson
{
    /// <summary>Text stays readable: it is shown to people, not put into a page.</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text<T>(T value, string format)
        where T : IFormattable => value.ToString(format, CultureInfo.InvariantCulture);

    /// <summary>What is written, as text.</summary>
    public static string ToText(Action<Utf8JsonWriter> write)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Options))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    /// <summary>Numbers that JSON does not have are text.</summary>
    public static void Write(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <inheritdoc cref="Write(Utf8JsonWriter, double)"/>
    public static void Write(Utf8JsonWriter json, float value)
    {
        if (float.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteStringValue(value.ToString(CultureInfo.InvariantCulture));
        }
    }

    public static void WriteHex(Utf8JsonWriter json, byte[]? value)
    {
        if (value is null)
        {
            json.WriteNullValue();
        }
        else
        {
            json.WriteStringValue(Convert.ToHexStringLower(value));
        }
    }

    /// <summary>A value as the name of a member.</summary>
    public static string NameOf(SchemaNode node, ref DataReader reader)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, Options))
        {
            node.WriteJson(ref reader, json);
        }

        using JsonDocument document = JsonDocument.Parse(stream.GetBuffer().AsMemory(0, (int)stream.Length));
        return document.RootElement.ValueKind == JsonValueKind.String
            ? document.RootElement.GetString()!
            : document.RootElement.GetRawText();
    }

    // Generic types have the number of their arguments behind their names.
    private static string NameOf(TypeSchema schema) => schema.Name.Split('`')[0];

    /// <summary>A schema in words: <c>Order { Id: int64, Lines: list&lt;string&gt;, State: enum Status (Open, Paid) }</c>.</summary>
    public static string WordsOf(TypeSchema schema)
    {
        switch (schema.Kind)
        {
            case SchemaKinds.Nullable when schema.Fields.Count == 1:
                return WordsOf(schema.Fields[0].Schema) + "?";
            case SchemaKinds.List when schema.Fields.Count == 1:
                return $"list<{WordsOf(schema.Fields[0].Schema)}>";
            case SchemaKinds.Map when schema.Fields.Count == 2:
                return $"map<{WordsOf(schema.Fields[0].Schema)}, {WordsOf(schema.Fields[1].Schema)}>";
            case SchemaKinds.Enum or SchemaKinds.Flags:
                string constants = string.Join(", ", EnumSchema.ConstantsOf(schema).Select(static each => each.Name));
                return $"{schema.Kind} {NameOf(schema)} ({constants})";
            case SchemaKinds.Record or SchemaKinds.Struct:
                string members = string.Join(", ", schema.Fields.Select(static field => $"{field.Name}: {WordsOf(field.Schema)}"));
                return members.Length == 0 ? NameOf(schema) : $"{NameOf(schema)} {{ {members} }}";
            default:
                return SchemaNode.Of(schema).IsKnown ? schema.Kind : $"{schema.Kind} (by a serializer of its own)";
        }
    }
}
