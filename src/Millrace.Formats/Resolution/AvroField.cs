using System.Text.Json;

namespace Millrace.Formats.Resolution;

/// <summary>A field of a record.</summary>
/// <param name="Name">Name.</param>
/// <param name="Aliases">Other names.</param>
/// <param name="Type">Type.</param>
/// <param name="Default">What a reader takes when the writer does not have the field: the default value's own JSON; <see langword="null"/>
/// = it has none.</param>
internal sealed record AvroField(string Name, IReadOnlyList<string> Aliases, AvroNode Type, JsonElement? Default);
