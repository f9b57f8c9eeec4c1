using System.Buffers;
using System.Collections.Concurrent;
using Avro;
using Avro.Generic;
using Avro.IO;
using Avro.Specific;
using Millrace.Formats.Resolution;
using Millrace.Kafka;

namespace Millrace.Formats;

/// <summary>Makes Avro schemas for sources and sinks (Avro 1.12, binary encoding).</summary>
/// <example><code>
/// AvroFormat.Specific&lt;Order&gt;(Order._SCHEMA, registry, "orders-value")
/// </code></example>
public static class AvroFormat
{
    /// <summary>Generic records without a registry: bare binary, written and read with one schema.</summary>
    /// <param name="schema">The schema.</param>
    public static AvroFormat<GenericRecord> Generic(RecordSchema schema) => new(schema, specific: false, registry: null, subject: null);

    /// <summary>
    /// Generic records in Confluent's wire format. What others wrote is resolved to <paramref name="schema"/> by Avro's rules.
    /// </summary>
    /// <param name="schema">The reader's schema, which is also the one that is written.</param>
    /// <param name="registry">Numbers the schemas.</param>
    /// <param name="subject">Where the schema is registered when the first record is written, usually the topic with <c>-value</c>.</param>
    public static AvroFormat<GenericRecord> Generic(RecordSchema schema, ISchemaRegistry registry, string subject) =>
        Make<GenericRecord>(schema, specific: false, registry, subject);

    /// <summary>Generated records without a registry.</summary>
    /// <typeparam name="T">The generated type.</typeparam>
    /// <param name="schema">Its schema: <c>T._SCHEMA</c>.</param>
    public static AvroFormat<T> Specific<T>(Schema schema)
        where T : class, ISpecificRecord, new() => new(schema, specific: true, registry: null, subject: null);

    /// <summary>Generated records in Confluent's wire format.</summary>
    /// <typeparam name="T">The generated type.</typeparam>
    /// <param name="schema">Its schema: <c>T._SCHEMA</c>.</param>
    /// <param name="registry">Numbers the schemas.</param>
    /// <param name="subject">Where the schema is registered when the first record is written.</param>
    public static AvroFormat<T> Specific<T>(Schema schema, ISchemaRegistry registry, string subject)
        where T : class, ISpecificRecord, new() => Make<T>(schema, specific: true, registry, subject);

    private static AvroFormat<T> Make<T>(Schema schema, bool specific, ISchemaRegistry registry, string subject)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentException.ThrowIfNullOrWhiteSpace(subject);
        return new AvroFormat<T>(schema, specific, registry, subject);
    }
}

/// <summary>Avro's binary encoding, made by <see cref="AvroFormat"/>.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class AvroFormat<T> : IDeserializationSchema<T>, ISerializationSchema<T>
    where T : class
{
    private readonly ConcurrentDictionary<int, Resolution.AvroStep?> _resolutions = new();
    private readonly Schema _schema;
    private readonly ISchemaRegistry? _registry;
    private readonly string? _subject;
    private readonly DatumReader<T> _reader;
    private readonly DatumWriter<T> _writer;
    private readonly Lazy<Resolution.AvroNode> _node;
    private readonly RegisteredSchema _registered;

    internal AvroFormat(Schema schema, bool specific, ISchemaRegistry? registry, string? subject)
    {
        ArgumentNullException.ThrowIfNull(schema);
        _schema = schema;
        _registry = registry;
        _subject = subject;
        _reader = specific ? new SpecificDatumReader<T>(schema, schema) : new GenericDatumReader<T>(schema, schema);
        _node = new Lazy<Resolution.AvroNode>(() => Resolution.AvroParser.Parse(_registered!.Schema));
        _writer = specific ? new SpecificDatumWriter<T>(schema) : new GenericDatumWriter<T>(schema);
        _registered = new RegisteredSchema(RegisteredSchema.Avro, schema.ToString());
    }

    /// <inheritdoc/>
    /// <exception cref="SchemaFormatException">The bytes are not a record, or their schema is unknown or cannot be read as the
    /// reader's.</exception>
    /// <exception cref="Connectors.ExternalServiceException">The registry does not answer, or refuses the client.</exception>
    public T Deserialize(ReadOnlySpan<byte> value)
    {
        if (_registry is null)
        {
            return Read(value.ToArray());
        }

        value = WireFormat.ReadHeader(value, out int id);
        Resolution.AvroStep? resolution = _resolutions.TryGetValue(id, out Resolution.AvroStep? known)
            ? known
            : AddResolution(id, _registry);
        return Read(resolution is null ? value.ToArray() : Resolve(resolution, value));
    }

    private T Read(byte[] value)
    {
        using MemoryStream stream = new(value, writable: false);
        T record;
        try
        {
            record = _reader.Read(null!, new BinaryDecoder(stream));
        }
        catch (AvroException e)
        {
            throw new SchemaFormatException(
                $"Avro record '{_schema.Fullname}' cannot be read ({e.Message}); read the value with the schema it was written with, or "
                    + "through the registry.",
                e
            );
        }

        if (stream.Position != stream.Length)
        {
            throw new SchemaFormatException(
                $"Avro record '{_schema.Fullname}' ends after {stream.Position} of {stream.Length} bytes where all are expected; read the "
                    + "value with the schema it was written with, or through the registry."
            );
        }

        return record;
    }

    /// <inheritdoc/>
    public void Serialize(T value, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (_registry is not null)
        {
            WireFormat.WriteHeader(output, _registry.Register(_subject!, _registered));
        }

        using MemoryStream stream = new();
        _writer.Write(value, new BinaryEncoder(stream));
        output.Write(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    private static byte[] Resolve(Resolution.AvroStep resolution, ReadOnlySpan<byte> value)
    {
        ArrayBufferWriter<byte> output = new(Math.Max(value.Length, 1));
        AvroInput input = new(value);
        resolution.Run(ref input, output);
        if (input.Position != input.Length)
        {
            throw new SchemaFormatException(
                $"An Avro value ends after {input.Position} of {input.Length} bytes where all are expected; the id in front of it is not "
                    + "that of the schema it was written with."
            );
        }

        return output.WrittenSpan.ToArray();
    }

    private Resolution.AvroStep? AddResolution(int id, ISchemaRegistry registry)
    {
        RegisteredSchema written = registry.GetById(id);
        if (written.SchemaType != RegisteredSchema.Avro)
        {
            throw new SchemaFormatException(
                $"Schema {id} is of type {written.SchemaType} where {RegisteredSchema.Avro} is expected; read the topic with the format of "
                    + "its producer."
            );
        }

        try
        {
            return _resolutions.GetOrAdd(id, Resolution.AvroResolver.Resolve(Resolution.AvroParser.Parse(written.Schema), _node.Value));
        }
        catch (SchemaFormatException e)
        {
            throw new SchemaFormatException(
                $"Schema {id} cannot be read as '{_schema.Fullname}' ({e.Message}); give the reader's schema defaults for the fields that "
                    + "the writer does not have, and types that the written ones promote to.",
                e
            );
        }
    }
}
