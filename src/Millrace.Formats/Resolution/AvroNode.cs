namespace Millrace.Formats.Resolution;

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

    public override string ToString() =>
        FullName.Length == 0 ? Kind.ToString().ToLowerInvariant() : $"{Kind.ToString().ToLowerInvariant()} {FullName}";
}
