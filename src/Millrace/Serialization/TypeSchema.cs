using System.Diagnostics.CodeAnalysis;

namespace Millrace.Serialization;

/// <summary>
/// The shape of serialized values: a kind (<c>int64</c>, <c>string</c>, <c>record</c>, <c>list</c> …), the members of a record in the order
/// in which they are written, and the schemas of elements. Two equal schemas have equal byte formats.
/// </summary>
/// <param name="Kind">What is written.</param>
/// <param name="Name">Name of the type, for messages; not part of compatibility.</param>
/// <param name="Fields">Members or elements, in the order written.</param>
public sealed record TypeSchema(string Kind, string Name, IReadOnlyList<TypeSchema.Field> Fields)
{
    private const byte FormatVersion = 1;
    private const int MaxDepth = 64;

    /// <summary>Whether values written under one schema can be read byte for byte under the other.</summary>
    /// <param name="other">The other schema.</param>
    public bool IsSameFormat(TypeSchema other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!string.Equals(Kind, other.Kind, StringComparison.Ordinal) || Fields.Count != other.Fields.Count)
        {
            return false;
        }

        for (int i = 0; i < Fields.Count; i++)
        {
            if (
                !string.Equals(Fields[i].Name, other.Fields[i].Name, StringComparison.Ordinal)
                || !Fields[i].Schema.IsSameFormat(other.Fields[i].Schema)
            )
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Appends the schema in its versioned binary format.</summary>
    /// <param name="writer">Where to.</param>
    public void WriteTo(DataWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteByte(FormatVersion);
        WriteNode(writer);
    }

    /// <summary>Reads what <see cref="WriteTo"/> wrote.</summary>
    /// <param name="reader">Where from.</param>
    /// <exception cref="StateMigrationException">The schema was written by a newer version.</exception>
    public static TypeSchema ReadFrom(ref DataReader reader)
    {
        byte version = reader.ReadByte();
        return version == FormatVersion
            ? ReadNode(ref reader, 0)
            : throw new StateMigrationException(
                $"A type schema in the state has format version {version}, this Millrace reads {FormatVersion}; restore with the version "
                    + "that wrote it or a later one."
            );
    }

    /// <summary>The schema as text: <c>record Bid { Auction: int64, Price: int64 }</c>.</summary>
    public override string ToString() =>
        Fields.Count == 0 ? Kind : $"{Kind} {Name} {{ {string.Join(", ", Fields.Select(field => $"{field.Name}: {field.Schema}"))} }}";

    internal static TypeSchema Leaf(string kind) => new(kind, kind, []);

    private static TypeSchema ReadNode(ref DataReader reader, int depth)
    {
        if (depth > MaxDepth)
        {
            throw new InvalidDataException($"A type schema is nested deeper than {MaxDepth}; the data is not in Millrace's format.");
        }

        string kind = reader.ReadString() ?? "";
        string name = reader.ReadString() ?? "";
        Field[] fields = new Field[reader.ReadCount()];
        for (int i = 0; i < fields.Length; i++)
        {
            string fieldName = reader.ReadString() ?? "";
            fields[i] = new Field(fieldName, ReadNode(ref reader, depth + 1));
        }

        return new TypeSchema(kind, name, fields);
    }

    private void WriteNode(DataWriter writer)
    {
        writer.WriteString(Kind);
        writer.WriteString(Name);
        writer.WriteVarUInt32((uint)Fields.Count);
        foreach (Field field in Fields)
        {
            writer.WriteString(field.Name);
            field.Schema.WriteNode(writer);
        }
    }

    /// <summary>A named member of a record, or an element of a collection.</summary>
    /// <param name="Name">Name of the member.</param>
    /// <param name="Schema">Shape of its values.</param>
    public sealed record Field(string Name, TypeSchema Schema);
}

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

/// <summary>Refuses state that the present type cannot read.</summary>
internal static class Incompatible
{
    [DoesNotReturn]
    public static TypeSerializer<T> Throw<T>(TypeSchema written, TypeSchema present) =>
        throw new StateMigrationException(
            $"State of type '{typeof(T)}' was written as '{written}', but the type is now '{present}' and there is no conversion between "
                + "the two; "
                + "undo the change of the type, keep the old member beside a new one with another name, or register a TypeSerializer whose "
                + "ForWritten reads the old shape."
        );
}
