namespace Millrace.Formats.Resolution;

/// <summary>What a schema is, logical types left aside: they do not change the bytes.</summary>
internal enum AvroKind
{
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Record,
    Enum,
    Array,
    Map,
    Union,
    Fixed,
}

/// <summary>A schema as far as its encoding and its resolution need it. A record may contain itself.</summary>
internal sealed class AvroNode(AvroKind kind, string fullName = "")
{
    public AvroKind Kind { get; } = kind;

    /// <summary>Name with namespace; empty where the kind has none.</summary>
    public string FullName { get; } = fullName;

    /// <summary>Name without namespace.</summary>
    public string Name => FullName[(FullName.LastIndexOf('.') + 1)..];

    /// <summary>Other names with their namespaces.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>A record's fields, in their order.</summary>
    public List<AvroField> Fields { get; } = [];

    /// <summary>An enum's symbols.</summary>
    public IReadOnlyList<string> Symbols { get; init; } = [];

    /// <summary>What an enum's unknown symbols are read as; <see langword="null"/> = they are an error.</summary>
    public string? DefaultSymbol { get; init; }

    /// <summary>Bytes of a fixed.</summary>
    public int Size { get; init; }

    /// <summary>Items of an array, values of a map, branches of a union.</summary>
    public IReadOnlyList<AvroNode> Parts { get; init; } = [];

    public override string ToString() => FullName.Length == 0 ? Kind.ToString().ToLowerInvariant() : $"{Kind.ToString().ToLowerInvariant()} {FullName}";
}

/// <summary>A field of a record.</summary>
/// <param name="Name">Name.</param>
/// <param name="Aliases">Other names.</param>
/// <param name="Type">Type.</param>
/// <param name="Default">What a reader takes when the writer does not have the field: the default value's own JSON; <see langword="null"/> = it has none.</param>
internal sealed record AvroField(string Name, IReadOnlyList<string> Aliases, AvroNode Type, System.Text.Json.JsonElement? Default);
