using System.IO.Hashing;
using Millrace.Serialization;

namespace Millrace.State;

/// <summary>
/// Hashes and compares keys that are known by their schema alone, as <see cref="KeyHashers"/> does with those of a type. The hash is that
/// of the job, unless its key type has a hasher of its own; so it says where to look for a key first, not where the key must be.
/// </summary>
/// <param name="isByForm">Whether equal keys may differ in their bytes, as 1.5 and 1.50 do; else they are compared by their bytes.</param>
internal sealed class SchemaKeyHasher(bool isByForm) : IKeyHasher<SchemaValue>
{
    private delegate uint HashDelegate(ref DataReader reader);

    private static readonly Dictionary<string, HashDelegate> Leaves = new(StringComparer.Ordinal)
    {
        [SchemaKinds.Bool] = Of<bool>,
        [SchemaKinds.Char] = Of<char>,
        [SchemaKinds.String] = Of<string>,
        [SchemaKinds.Float32] = Of<float>,
        [SchemaKinds.Float64] = Of<double>,
        [SchemaKinds.Decimal] = Of<decimal>,
        [SchemaKinds.DateTime] = Of<DateTime>,
        [SchemaKinds.DateTimeOffset] = Of<DateTimeOffset>,
        [SchemaKinds.TimeSpan] = Of<TimeSpan>,
        [SchemaKinds.Date] = Of<DateOnly>,
        [SchemaKinds.Time] = Of<TimeOnly>,
    };

    private readonly DataWriter _left = new();
    private readonly DataWriter _right = new();

    public uint Hash(SchemaValue key)
    {
        DataReader reader = new(key.Bytes.Span);
        return HashOf(key.Node.Schema, ref reader);
    }

    public bool Equals(SchemaValue left, SchemaValue right) =>
        isByForm ? FormOf(left, _left).SequenceEqual(FormOf(right, _right)) : left.Equals(right);

    private static uint Of<T>(ref DataReader reader)
        where T : notnull => KeyHashers.For<T>().Hash(TypeSerializers.For<T>().Deserialize(ref reader));

    private static uint HashOf(TypeSchema schema, ref DataReader reader)
    {
        TypeSchema number = EnumSchema.NumberOf(schema);
        if (Leaves.TryGetValue(number.Kind, out HashDelegate? leaf))
        {
            return leaf(ref reader);
        }

        // All widths have one format and one hash.
        if (SchemaKinds.SignedBits(number.Kind) > 0)
        {
            return Of<long>(ref reader);
        }

        if (SchemaKinds.UnsignedBits(number.Kind) > 0)
        {
            return Of<ulong>(ref reader);
        }

        if (IsShortTuple(schema))
        {
            uint hash = HashOf(schema.Fields[0].Schema, ref reader);
            for (int i = 1; i < schema.Fields.Count; i++)
            {
                hash = HashMixing.Combine(hash, HashOf(schema.Fields[i].Schema, ref reader));
            }

            return hash;
        }

        DataWriter form = new();
        WriteForm(schema, ref reader, form);
        ulong bytes = XxHash3.HashToUInt64(form.WrittenSpan);
        return (uint)(bytes ^ (bytes >> 32));
    }

    private static bool IsShortTuple(TypeSchema schema) =>
        schema.Name is "ValueTuple`2" or "ValueTuple`3"
        && schema.Fields.Count is 2 or 3
        && schema.Fields.All(static field => field.Schema.Kind != SchemaKinds.Nullable);

    private static ReadOnlySpan<byte> FormOf(SchemaValue key, DataWriter writer)
    {
        writer.Clear();
        DataReader reader = new(key.Bytes.Span);
        WriteForm(key.Node.Schema, ref reader, writer);
        return writer.WrittenSpan;
    }

    /// <summary>The one form of a key, as <see cref="KeySerializers"/> writes it.</summary>
    private static void WriteForm(TypeSchema schema, ref DataReader reader, DataWriter writer)
    {
        switch (schema.Kind)
        {
            case SchemaKinds.Decimal:
                Write<decimal>(ref reader, writer, KeyForms.Of);
                break;
            case SchemaKinds.Float64:
                Write<double>(ref reader, writer, KeyForms.Of);
                break;
            case SchemaKinds.Float32:
                Write<float>(ref reader, writer, KeyForms.Of);
                break;
            case SchemaKinds.DateTime:
                Write<DateTime>(ref reader, writer, KeyForms.Of);
                break;
            case SchemaKinds.DateTimeOffset:
                Write<DateTimeOffset>(ref reader, writer, KeyForms.Of);
                break;
            case SchemaKinds.Record or SchemaKinds.Nullable:
                bool exists = reader.ReadBoolean();
                writer.WriteBoolean(exists);
                if (exists)
                {
                    WriteFields(schema, ref reader, writer);
                }

                break;
            case SchemaKinds.Struct when schema.Fields.Count > 0:
                WriteFields(schema, ref reader, writer);
                break;
            default:
                DataReader begin = reader;
                SchemaNode.Of(schema).Skip(ref reader);
                writer.WriteRaw(begin.ReadRaw(reader.Position - begin.Position));
                break;
        }
    }

    private static void WriteFields(TypeSchema schema, ref DataReader reader, DataWriter writer)
    {
        foreach (TypeSchema.Field field in schema.Fields)
        {
            WriteForm(field.Schema, ref reader, writer);
        }
    }

    private static void Write<T>(ref DataReader reader, DataWriter writer, Func<T, T> form)
    {
        TypeSerializer<T> serializer = TypeSerializers.For<T>();
        serializer.Serialize(form(serializer.Deserialize(ref reader)), writer);
    }
}
