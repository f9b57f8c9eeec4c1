using System.Text.Json;
using Millrace.Serialization;

namespace Millrace.Savepoints;

/// <summary>What is kept for a key (and a namespace, such as a window), known by its schema alone.</summary>
/// <param name="KeyGroup">The key group that it was found in; -1 = what is not kept by key.</param>
/// <param name="Key">The key; <see langword="null"/> where it cannot be read.</param>
/// <param name="Namespace">The namespace, if there is one.</param>
/// <param name="Members">All else, by name.</param>
internal sealed record StateEntry(
    int KeyGroup,
    Action<Utf8JsonWriter>? Key,
    Action<Utf8JsonWriter>? Namespace,
    params IReadOnlyList<(string Name, Action<Utf8JsonWriter> Write)> Members
)
{
    /// <summary>Something that only the type of its serializer could read.</summary>
    public static (string Name, Action<Utf8JsonWriter> Write) Undecoded(TypeSchema schema, ReadOnlyMemory<byte> bytes) =>
        (
            "value",
            json =>
            {
                json.WriteStartObject();
                json.WriteString("schema", SchemaJson.WordsOf(schema));
                json.WriteString("hex", Convert.ToHexStringLower(bytes.Span));
                json.WriteEndObject();
            }
        );

    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach ((string name, Action<Utf8JsonWriter>? write) in Members.Prepend(("namespace", Namespace!)).Prepend(("key", Key!)))
        {
            if (write is not null)
            {
                json.WritePropertyName(name);
                write(json);
            }
        }

        json.WriteEndObject();
    }
}
