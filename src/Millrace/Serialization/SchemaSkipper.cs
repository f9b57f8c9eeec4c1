namespace Millrace.Serialization;

/// <summary>Passes over a value that nobody wants any more, knowing only its schema.</summary>
internal static class SchemaSkipper
{
    public static void Skip(TypeSchema schema, ref DataReader reader)
    {
        switch (schema.Kind)
        {
            case SchemaKinds.Bool:
                reader.ReadByte();
                break;
            case SchemaKinds.Char or SchemaKinds.TimeSpan or SchemaKinds.Date or SchemaKinds.Time:
                reader.ReadVarUInt64();
                break;
            case SchemaKinds.Float32:
                reader.ReadRaw(4);
                break;
            case SchemaKinds.Float64:
                reader.ReadRaw(8);
                break;
            case SchemaKinds.Decimal or SchemaKinds.Guid:
                reader.ReadRaw(16);
                break;
            case SchemaKinds.String or SchemaKinds.Bytes:
                ulong size = reader.ReadVarUInt64();
                reader.ReadRaw(size == 0 ? 0 : checked((int)(size - 1)));
                break;
            case SchemaKinds.DateTime:
                reader.ReadRaw(9);
                break;
            case SchemaKinds.DateTimeOffset:
                reader.ReadVarUInt64();
                reader.ReadRaw(8);
                break;
            case SchemaKinds.Enum or SchemaKinds.Flags:
                SkipNumber(EnumSchema.NumberOf(schema), ref reader);
                break;
            case SchemaKinds.Nullable:
                SkipNullable(schema, ref reader);
                break;
            case SchemaKinds.List or SchemaKinds.Map:
                SkipElements(schema, ref reader);
                break;
            case SchemaKinds.Record:
                SkipNullable(schema, ref reader);
                break;
            case SchemaKinds.Struct:
                SkipFields(schema, ref reader);
                if (schema.Fields.Count == 0)
                {
                    reader.ReadByte();
                }

                break;
            default:
                SkipNumber(schema, ref reader);
                break;
        }
    }

    private static void SkipNumber(TypeSchema schema, ref DataReader reader)
    {
        if (SchemaKinds.SignedBits(schema.Kind) == 0 && SchemaKinds.UnsignedBits(schema.Kind) == 0)
        {
            throw new StateMigrationException(
                $"State holds a member of kind '{schema.Kind}' that the type no longer has, written by a custom serializer, and its length "
                    + "is unknown; keep the member, or restore with the code that wrote it."
            );
        }

        reader.ReadVarUInt64();
    }

    private static void SkipNullable(TypeSchema schema, ref DataReader reader)
    {
        if (reader.ReadBoolean())
        {
            SkipFields(schema, ref reader);
        }
    }

    private static void SkipElements(TypeSchema schema, ref DataReader reader)
    {
        int count = Counts.Read(ref reader);
        for (int i = 0; i < count; i++)
        {
            SkipFields(schema, ref reader);
        }
    }

    private static void SkipFields(TypeSchema schema, ref DataReader reader)
    {
        for (int i = 0; i < schema.Fields.Count; i++)
        {
            Skip(schema.Fields[i].Schema, ref reader);
        }
    }
}
