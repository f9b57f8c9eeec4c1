using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using System.Text.Json;

namespace Millrace.Formats.Resolution;

/// <summary>Encodes the default values of a reader's fields.</summary>
internal static class AvroDefaults
{
    /// <param name="type">Type of the field.</param>
    /// <param name="value">The default, as it stands in the schema.</param>
    /// <param name="output">Where to.</param>
    /// <exception cref="SchemaFormatException">The value is not one of the type.</exception>
    public static void Write(AvroNode type, JsonElement value, IBufferWriter<byte> output)
    {
        try
        {
            WriteValue(type, value, output);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new SchemaFormatException($"default {value} is no value of {type}", e);
        }
    }

    private static void WriteValue(AvroNode type, JsonElement value, IBufferWriter<byte> output)
    {
        switch (type.Kind)
        {
            case AvroKind.Null:
                Check(value.ValueKind == JsonValueKind.Null);
                break;
            case AvroKind.Boolean:
                output.Write([value.GetBoolean() ? (byte)1 : (byte)0]);
                break;
            case AvroKind.Int:
                AvroStep.WriteLong(output, value.GetInt32());
                break;
            case AvroKind.Long:
                AvroStep.WriteLong(output, value.GetInt64());
                break;
            case AvroKind.Float:
                BinaryPrimitives.WriteSingleLittleEndian(output.GetSpan(sizeof(float)), (float)Number(value));
                output.Advance(sizeof(float));
                break;
            case AvroKind.Double:
                BinaryPrimitives.WriteDoubleLittleEndian(output.GetSpan(sizeof(double)), Number(value));
                output.Advance(sizeof(double));
                break;
            case AvroKind.String:
                WriteText(Encoding.UTF8.GetBytes(Text(value)), output);
                break;
            case AvroKind.Bytes:
                WriteText(Encoding.Latin1.GetBytes(Text(value)), output);
                break;
            case AvroKind.Fixed:
                byte[] bytes = Encoding.Latin1.GetBytes(Text(value));
                Check(bytes.Length == type.Size);
                output.Write(bytes);
                break;
            case AvroKind.Enum:
                int symbol = type.Symbols.ToList().IndexOf(Text(value));
                Check(symbol >= 0);
                AvroStep.WriteLong(output, symbol);
                break;
            case AvroKind.Union:
                WriteBranch(type, value, output);
                break;
            default:
                WriteParts(type, value, output);
                break;
        }
    }

    private static void WriteParts(AvroNode type, JsonElement value, IBufferWriter<byte> output)
    {
        switch (type.Kind)
        {
            case AvroKind.Record:
                foreach (AvroField field in type.Fields)
                {
                    WriteValue(
                        field.Type,
                        value.TryGetProperty(field.Name, out JsonElement given)
                            ? given
                            : field.Default ?? throw new KeyNotFoundException(field.Name),
                        output
                    );
                }

                return;
            case AvroKind.Array:
                JsonElement[] items = [.. value.EnumerateArray()];
                WriteCount(items.Length, output);
                foreach (JsonElement item in items)
                {
                    WriteValue(type.Parts[0], item, output);
                }

                break;
            default:
                JsonProperty[] entries = [.. value.EnumerateObject()];
                WriteCount(entries.Length, output);
                foreach (JsonProperty entry in entries)
                {
                    WriteText(Encoding.UTF8.GetBytes(entry.Name), output);
                    WriteValue(type.Parts[0], entry.Value, output);
                }

                break;
        }

        AvroStep.WriteLong(output, 0);
    }

    // The first branch before 1.12, the first that fits since.
    private static void WriteBranch(AvroNode type, JsonElement value, IBufferWriter<byte> output)
    {
        for (int i = 0; i < type.Parts.Count; i++)
        {
            ArrayBufferWriter<byte> branch = new();
            try
            {
                WriteValue(type.Parts[i], value, branch);
            }
            catch (Exception e) when (e is InvalidOperationException or FormatException or KeyNotFoundException)
            {
                continue;
            }

            AvroStep.WriteLong(output, i);
            output.Write(branch.WrittenSpan);
            return;
        }

        throw new FormatException("no branch fits");
    }

    private static void WriteCount(int count, IBufferWriter<byte> output)
    {
        if (count > 0)
        {
            AvroStep.WriteLong(output, count);
        }
    }

    private static void WriteText(byte[] bytes, IBufferWriter<byte> output)
    {
        AvroStep.WriteLong(output, bytes.Length);
        output.Write(bytes);
    }

    private static string Text(JsonElement value)
    {
        Check(value.ValueKind == JsonValueKind.String);
        return value.GetString()!;
    }

    // JSON has no name for these; Avro's own implementations write them as text.
    private static double Number(JsonElement value) =>
        value.ValueKind != JsonValueKind.String
            ? value.GetDouble()
            : value.GetString() switch
            {
                "NaN" => double.NaN,
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                _ => throw new FormatException("no number"),
            };

    private static void Check(bool holds)
    {
        if (!holds)
        {
            throw new FormatException("of another type");
        }
    }
}
