using System.Text.Json;

namespace Millrace.Serialization;

/// <summary>
/// Reads values knowing only the schema that they were written with: passes over them, or writes them as JSON. Made once per schema;
/// immutable.
/// </summary>
internal abstract class SchemaNode(TypeSchema schema)
{
    private static readonly Dictionary<string, Func<TypeSchema, SchemaNode>> Kinds = new(StringComparer.Ordinal)
    {
        [SchemaKinds.Bool] = Leaf<bool>(static (json, value) => json.WriteBooleanValue(value)),
        [SchemaKinds.Char] = Leaf<char>(static (json, value) => json.WriteStringValue(value.ToString())),
        [SchemaKinds.Float32] = Leaf<float>(static (json, value) => SchemaJson.Write(json, value)),
        [SchemaKinds.Float64] = Leaf<double>(static (json, value) => SchemaJson.Write(json, value)),
        [SchemaKinds.Decimal] = Leaf<decimal>(static (json, value) => json.WriteNumberValue(value)),
        [SchemaKinds.String] = static schema => new SizedNode<string?>(schema, static (json, value) => json.WriteStringValue(value)),
        [SchemaKinds.Bytes] = static schema => new SizedNode<byte[]?>(schema, SchemaJson.WriteHex),
        [SchemaKinds.Guid] = Leaf<Guid>(static (json, value) => json.WriteStringValue(value)),
        [SchemaKinds.DateTime] = Leaf<DateTime>(static (json, value) => json.WriteStringValue(value)),
        [SchemaKinds.DateTimeOffset] = Leaf<DateTimeOffset>(static (json, value) => json.WriteStringValue(value)),
        [SchemaKinds.TimeSpan] = Leaf<TimeSpan>(static (json, value) => json.WriteStringValue(SchemaJson.Text(value, "c"))),
        [SchemaKinds.Date] = Leaf<DateOnly>(static (json, value) => json.WriteStringValue(SchemaJson.Text(value, "O"))),
        [SchemaKinds.Time] = Leaf<TimeOnly>(static (json, value) => json.WriteStringValue(SchemaJson.Text(value, "O"))),
        [SchemaKinds.Nullable] = static schema => new NullableNode(schema, Of(schema.Fields[0].Schema)),
        [SchemaKinds.Record] = static schema => new NullableNode(schema, new StructNode(schema, isEmptyWritten: false)),
        [SchemaKinds.Struct] = static schema => new StructNode(schema, isEmptyWritten: true),
        [SchemaKinds.List] = static schema => new ListNode(schema),
        [SchemaKinds.Map] = static schema => new MapNode(schema),
    };

    public TypeSchema Schema => schema;

    /// <summary>Whether it can be told where a value ends: not if a serializer of the user's has written it, or a part of it.</summary>
    public virtual bool IsKnown => true;

    /// <summary>The node of a schema.</summary>
    public static SchemaNode Of(TypeSchema schema)
    {
        if (Kinds.TryGetValue(schema.Kind, out Func<TypeSchema, SchemaNode>? create))
        {
            return create(schema);
        }

        TypeSchema number = EnumSchema.NumberOf(schema);
        SchemaNode? integer =
            SchemaKinds.SignedBits(number.Kind) > 0 ? Leaf<long>(static (json, value) => json.WriteNumberValue(value))(number)
            : SchemaKinds.UnsignedBits(number.Kind) > 0 ? Leaf<ulong>(static (json, value) => json.WriteNumberValue(value))(number)
            : null;
        return integer is null ? new UnknownNode(schema)
            : EnumSchema.IsEnum(schema) ? new EnumNode(schema, integer)
            : integer;
    }

    /// <summary>Passes over a value.</summary>
    public abstract void Skip(ref DataReader reader);

    /// <summary>Reads a value and writes it as JSON.</summary>
    public abstract void WriteJson(ref DataReader reader, Utf8JsonWriter json);

    private static Func<TypeSchema, SchemaNode> Leaf<T>(Action<Utf8JsonWriter, T> write) => schema => new LeafNode<T>(schema, write);

    private class LeafNode<T>(TypeSchema schema, Action<Utf8JsonWriter, T> write) : SchemaNode(schema)
    {
        private readonly TypeSerializer<T> _serializer = TypeSerializers.For<T>();

        public override void Skip(ref DataReader reader) => _serializer.Deserialize(ref reader);

        public override void WriteJson(ref DataReader reader, Utf8JsonWriter json) => write(json, _serializer.Deserialize(ref reader));
    }

    /// <summary>Size + 1 (0 = <see langword="null"/>), then as many bytes.</summary>
    private sealed class SizedNode<T>(TypeSchema schema, Action<Utf8JsonWriter, T> write) : LeafNode<T>(schema, write)
    {
        public override void Skip(ref DataReader reader)
        {
            ulong size = reader.ReadVarUInt64();
            reader.ReadRaw(size == 0 ? 0 : checked((int)(size - 1)));
        }
    }

    private sealed class EnumNode(TypeSchema schema, SchemaNode number) : SchemaNode(schema)
    {
        private readonly bool _isSigned = EnumSchema.IsSigned(number.Schema);

        public override void Skip(ref DataReader reader) => number.Skip(ref reader);

        public override void WriteJson(ref DataReader reader, Utf8JsonWriter json)
        {
            ulong bits = _isSigned ? (ulong)reader.ReadVarInt64() : reader.ReadVarUInt64();
            json.WriteStringValue(EnumSchema.NameOf(Schema, bits) ?? EnumSchema.Text(bits, _isSigned));
        }
    }

    /// <summary>A marker, then the value if there is one.</summary>
    private sealed class NullableNode(TypeSchema schema, SchemaNode value) : SchemaNode(schema)
    {
        public override bool IsKnown => value.IsKnown;

        public override void Skip(ref DataReader reader)
        {
            if (reader.ReadBoolean())
            {
                value.Skip(ref reader);
            }
        }

        public override void WriteJson(ref DataReader reader, Utf8JsonWriter json)
        {
            if (reader.ReadBoolean())
            {
                value.WriteJson(ref reader, json);
            }
            else
            {
                json.WriteNullValue();
            }
        }
    }

    private sealed class StructNode(TypeSchema schema, bool isEmptyWritten) : SchemaNode(schema)
    {
        private readonly SchemaNode[] _fields = FieldsOf(schema);
        private readonly bool _isPadded = isEmptyWritten && schema.Fields.Count == 0;

        public override bool IsKnown => Array.TrueForAll(_fields, static node => node.IsKnown);

        public override void Skip(ref DataReader reader)
        {
            foreach (SchemaNode field in _fields)
            {
                field.Skip(ref reader);
            }

            SkipPadding(ref reader);
        }

        public override void WriteJson(ref DataReader reader, Utf8JsonWriter json)
        {
            json.WriteStartObject();
            for (int i = 0; i < _fields.Length; i++)
            {
                json.WritePropertyName(Schema.Fields[i].Name);
                _fields[i].WriteJson(ref reader, json);
            }

            SkipPadding(ref reader);
            json.WriteEndObject();
        }

        private void SkipPadding(ref DataReader reader)
        {
            if (_isPadded)
            {
                reader.ReadByte();
            }
        }
    }

    private sealed class ListNode(TypeSchema schema) : SchemaNode(schema)
    {
        private readonly SchemaNode _element = Of(schema.Fields[0].Schema);

        public override bool IsKnown => _element.IsKnown;

        public override void Skip(ref DataReader reader)
        {
            for (int left = Counts.Read(ref reader); left > 0; left--)
            {
                _element.Skip(ref reader);
            }
        }

        public override void WriteJson(ref DataReader reader, Utf8JsonWriter json)
        {
            int count = Counts.Read(ref reader);
            if (count < 0)
            {
                json.WriteNullValue();
                return;
            }

            json.WriteStartArray();
            for (; count > 0; count--)
            {
                _element.WriteJson(ref reader, json);
            }

            json.WriteEndArray();
        }
    }

    /// <summary>An object where the keys are text, numbers or the like, otherwise an array of keys and values.</summary>
    private sealed class MapNode(TypeSchema schema) : SchemaNode(schema)
    {
        private readonly SchemaNode _key = Of(schema.Fields[0].Schema);
        private readonly SchemaNode _value = Of(schema.Fields[1].Schema);

        public override bool IsKnown => _key.IsKnown && _value.IsKnown;

        public override void Skip(ref DataReader reader)
        {
            for (int left = Counts.Read(ref reader); left > 0; left--)
            {
                _key.Skip(ref reader);
                _value.Skip(ref reader);
            }
        }

        public override void WriteJson(ref DataReader reader, Utf8JsonWriter json)
        {
            int count = Counts.Read(ref reader);
            if (count < 0)
            {
                json.WriteNullValue();
                return;
            }

            bool isObject = _key is not (NullableNode or StructNode or ListNode or MapNode);
            if (isObject)
            {
                json.WriteStartObject();
            }
            else
            {
                json.WriteStartArray();
            }

            for (; count > 0; count--)
            {
                WriteEntry(ref reader, json, isObject);
            }

            if (isObject)
            {
                json.WriteEndObject();
            }
            else
            {
                json.WriteEndArray();
            }
        }

        private void WriteEntry(ref DataReader reader, Utf8JsonWriter json, bool isObject)
        {
            if (isObject)
            {
                json.WritePropertyName(SchemaJson.NameOf(_key, ref reader));
                _value.WriteJson(ref reader, json);
                return;
            }

            json.WriteStartObject();
            json.WritePropertyName("key");
            _key.WriteJson(ref reader, json);
            json.WritePropertyName("value");
            _value.WriteJson(ref reader, json);
            json.WriteEndObject();
        }
    }

    private sealed class UnknownNode(TypeSchema schema) : SchemaNode(schema)
    {
        public override bool IsKnown => false;

        public override void Skip(ref DataReader reader) =>
            throw new StateMigrationException(
                $"State holds a value of kind '{Schema.Kind}', written by a custom serializer, and its length is unknown without it; keep "
                    + "the member, or read the state with the code that wrote it."
            );

        public override void WriteJson(ref DataReader reader, Utf8JsonWriter json) => Skip(ref reader);
    }

    private static SchemaNode[] FieldsOf(TypeSchema schema) => [.. schema.Fields.Select(static field => Of(field.Schema))];
}
