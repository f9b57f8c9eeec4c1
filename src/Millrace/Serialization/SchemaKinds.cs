namespace Millrace.Serialization;

/// <summary>
/// The kinds of <see cref="TypeSchema"/> that Millrace itself writes. They are part of the state's format: never rename one.
/// </summary>
internal static class SchemaKinds
{
    public const string Bool = "bool";
    public const string Char = "char";
    public const string Int = "int";
    public const string UInt = "uint";
    public const string Float32 = "float32";
    public const string Float64 = "float64";
    public const string Decimal = "decimal";
    public const string String = "string";
    public const string Bytes = "bytes";
    public const string Guid = "guid";
    public const string DateTime = "datetime";
    public const string DateTimeOffset = "datetimeoffset";
    public const string TimeSpan = "timespan";
    public const string Date = "date";
    public const string Time = "time";
    public const string Enum = "enum";
    public const string Flags = "flags";
    public const string Nullable = "nullable";
    public const string List = "list";
    public const string Map = "map";
    public const string Record = "record";
    public const string Struct = "struct";

    /// <summary>Bits of <c>int8</c>, <c>int16</c>, <c>int32</c>, <c>int64</c>, or 0 for another kind.</summary>
    public static int SignedBits(string kind) => Bits(kind, Int);

    /// <summary>Bits of <c>uint8</c>, <c>uint16</c>, <c>uint32</c>, <c>uint64</c>, or 0 for another kind.</summary>
    public static int UnsignedBits(string kind) => Bits(kind, UInt);

    private static int Bits(string kind, string prefix) =>
        kind.StartsWith(prefix, StringComparison.Ordinal) && int.TryParse(kind.AsSpan(prefix.Length), out int bits) ? bits : 0;
}
