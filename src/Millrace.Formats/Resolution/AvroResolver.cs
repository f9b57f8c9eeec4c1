using System.Buffers;

namespace Millrace.Formats.Resolution;

/// <summary>
/// Resolves what was written with one schema to another by the rules of Avro's specification 1.12 ("Schema Resolution"), on the bytes: what
/// comes out is read with the reader's schema alone. Apache.Avro's own resolution puts the default over a field that matches by its alias,
/// wants equal namespaces, and does not promote between string and bytes nor to logical types (ADR 49).
/// </summary>
internal sealed class AvroResolver
{
    private readonly Dictionary<(AvroNode Writer, AvroNode Reader), AvroStep.Record> _records = [];
    private readonly Dictionary<AvroNode, AvroStep> _skips = [];

    private AvroResolver() { }

    /// <summary>The way from one schema to the other; <see langword="null"/> = the bytes are the same.</summary>
    /// <param name="writer">The schema that the values were written with.</param>
    /// <param name="reader">The one that they are read with.</param>
    /// <exception cref="SchemaFormatException">There is none.</exception>
    public static AvroStep? Resolve(AvroNode writer, AvroNode reader)
    {
        AvroStep step = new AvroResolver().Step(writer, reader, "");
        return step.IsIdentity([]) ? null : step;
    }

    private AvroStep Step(AvroNode writer, AvroNode reader, string path)
    {
        if (writer.Kind == AvroKind.Union)
        {
            return new AvroStep.Branches([.. writer.Parts.Select(branch => BranchOf(branch, reader, path))]);
        }

        if (reader.Kind == AvroKind.Union)
        {
            int place = Match(writer, reader);
            return place >= 0
                ? new AvroStep.IntoUnion(place, Step(writer, reader.Parts[place], path))
                : throw Mismatch(writer, reader, path);
        }

        return (writer.Kind, reader.Kind) switch
        {
            (AvroKind.Null, AvroKind.Null) => new AvroStep.Fixed(0),
            (AvroKind.Boolean, AvroKind.Boolean) => new AvroStep.Fixed(1),
            (AvroKind.Int, AvroKind.Int or AvroKind.Long) or (AvroKind.Long, AvroKind.Long) => new AvroStep.Whole(),
            (AvroKind.Int or AvroKind.Long, AvroKind.Float) => new AvroStep.WholeToReal(isDouble: false),
            (AvroKind.Int or AvroKind.Long, AvroKind.Double) => new AvroStep.WholeToReal(isDouble: true),
            (AvroKind.Float, AvroKind.Float) => new AvroStep.Fixed(sizeof(float)),
            (AvroKind.Float, AvroKind.Double) => new AvroStep.FloatToDouble(),
            (AvroKind.Double, AvroKind.Double) => new AvroStep.Fixed(sizeof(double)),
            (AvroKind.Bytes or AvroKind.String, AvroKind.Bytes or AvroKind.String) => new AvroStep.Text(),
            (AvroKind.Array, AvroKind.Array) => new AvroStep.Items(Step(writer.Parts[0], reader.Parts[0], path + "[]"), hasKeys: false),
            (AvroKind.Map, AvroKind.Map) => new AvroStep.Items(Step(writer.Parts[0], reader.Parts[0], path + "{}"), hasKeys: true),
            (AvroKind.Fixed, AvroKind.Fixed) when HasName(writer, reader) && writer.Size == reader.Size => new AvroStep.Fixed(writer.Size),
            (AvroKind.Enum, AvroKind.Enum) when HasName(writer, reader) => new AvroStep.Symbol(
                writer,
                reader,
                [.. writer.Symbols.Select(symbol => PlaceOf(symbol, reader))]
            ),
            (AvroKind.Record, AvroKind.Record) when HasName(writer, reader) => Record(writer, reader, path),
            _ => throw Mismatch(writer, reader, path),
        };
    }

    private AvroStep BranchOf(AvroNode branch, AvroNode reader, string path)
    {
        try
        {
            return Step(branch, reader, path);
        }
        catch (SchemaFormatException e)
        {
            return new AvroStep.Refused(
                $"An Avro value has a branch of a union that the reader's schema cannot take: {e.Message}; give the reader's union such a "
                    + "branch."
            );
        }
    }

    private AvroStep.Record Record(AvroNode writer, AvroNode reader, string path)
    {
        if (_records.TryGetValue((writer, reader), out AvroStep.Record? known))
        {
            return known;
        }

        AvroStep.Record record = _records[(writer, reader)] = new AvroStep.Record();
        try
        {
            AvroStep[] written = new AvroStep[writer.Fields.Count];
            int[] places = new int[written.Length];
            ReadOnlyMemory<byte>[] defaults = new ReadOnlyMemory<byte>[reader.Fields.Count];
            Array.Fill(places, -1);
            for (int i = 0; i < defaults.Length; i++)
            {
                AvroField field = reader.Fields[i];
                int from = FieldFor(field, writer, places);
                if (from >= 0)
                {
                    places[from] = i;
                    written[from] = Step(writer.Fields[from].Type, field.Type, $"{path}.{field.Name}");
                }
                else
                {
                    defaults[i] = DefaultOf(field, reader, path);
                }
            }

            for (int i = 0; i < written.Length; i++)
            {
                written[i] ??= Skip(writer.Fields[i].Type);
            }

            record.Set(written, places, defaults);
            return record;
        }
        catch
        {
            // A branch of a union may be refused and the record be met again.
            _records.Remove((writer, reader));
            throw;
        }
    }

    // The same value, to be thrown away.
    private AvroStep Skip(AvroNode writer)
    {
        if (!_skips.TryGetValue(writer, out AvroStep? skip))
        {
            _skips[writer] = skip = Step(writer, writer, "");
        }

        return skip;
    }

    private static int FieldFor(AvroField field, AvroNode writer, int[] places)
    {
        int named = writer.Fields.FindIndex(written => written.Name == field.Name);
        return named >= 0
            ? named
            : writer.Fields.FindIndex(written => field.Aliases.Contains(written.Name) && places[writer.Fields.IndexOf(written)] < 0);
    }

    private static ReadOnlyMemory<byte> DefaultOf(AvroField field, AvroNode reader, string path)
    {
        if (field.Default is not { } given)
        {
            throw new SchemaFormatException($"field '{path}.{field.Name}' of {reader} was not written and has no default");
        }

        ArrayBufferWriter<byte> bytes = new();
        AvroDefaults.Write(field.Type, given, bytes);
        return bytes.WrittenMemory;
    }

    /// <summary>
    /// The branch of the reader's union: one of the same type and full name or alias, of the same name, or the first that the value
    /// promotes to. -1 = none.
    /// </summary>
    private static int Match(AvroNode writer, AvroNode union)
    {
        int exact = Find(
            union,
            branch => branch.Kind == writer.Kind && (branch.FullName == writer.FullName || branch.Aliases.Contains(writer.FullName))
        );
        if (exact >= 0)
        {
            return exact;
        }

        int named = Find(union, branch => branch.Kind == writer.Kind && HasName(writer, branch));
        return named >= 0 ? named : Find(union, branch => Promotes(writer.Kind, branch.Kind));
    }

    private static int Find(AvroNode union, Predicate<AvroNode> matches)
    {
        for (int i = 0; i < union.Parts.Count; i++)
        {
            if (matches(union.Parts[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool Promotes(AvroKind writer, AvroKind reader) =>
        writer switch
        {
            AvroKind.Int => reader is AvroKind.Long or AvroKind.Float or AvroKind.Double,
            AvroKind.Long => reader is AvroKind.Float or AvroKind.Double,
            AvroKind.Float => reader is AvroKind.Double,
            AvroKind.Bytes => reader is AvroKind.String,
            AvroKind.String => reader is AvroKind.Bytes,
            _ => false,
        };

    // Unqualified names match, whatever their namespaces.
    private static bool HasName(AvroNode writer, AvroNode reader) => writer.Name == reader.Name || reader.Aliases.Contains(writer.FullName);

    private static int PlaceOf(string symbol, AvroNode reader)
    {
        int place = IndexOf(reader.Symbols, symbol);
        return place >= 0 || reader.DefaultSymbol is null ? place : IndexOf(reader.Symbols, reader.DefaultSymbol);
    }

    private static int IndexOf(IReadOnlyList<string> symbols, string symbol)
    {
        for (int i = 0; i < symbols.Count; i++)
        {
            if (symbols[i] == symbol)
            {
                return i;
            }
        }

        return -1;
    }

    private static SchemaFormatException Mismatch(AvroNode writer, AvroNode reader, string path) =>
        new(
            $"{(path.Length == 0 ? "the value" : $"'{path[1..]}'")} was written as {writer}{SizeOf(writer)} and cannot be read as "
                + $"{Describe(reader)}"
        );

    private static string Describe(AvroNode reader) =>
        reader.Kind == AvroKind.Union ? $"one of {string.Join(", ", reader.Parts)}" : $"{reader}{SizeOf(reader)}";

    private static string SizeOf(AvroNode node) => node.Kind == AvroKind.Fixed ? $" of {node.Size} bytes" : "";
}
