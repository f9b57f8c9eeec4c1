using System.Buffers;
using System.Collections.Concurrent;
using Avro;
using Avro.Generic;
using Avro.IO;
using Avro.Specific;
using Millrace.Kafka;

namespace Millrace.Formats;

/// <summary>Avro's binary encoding, made by <see cref="AvroFormat"/>.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class AvroFormat<T> : IDeserializationSchema<T>, ISerializationSchema<T>
    where T : class
{
    private readonly ConcurrentDictionary<int, DatumReader<T>> _readers = new();
    private readonly Schema _schema;
    private readonly bool _specific;
    private readonly ISchemaRegistry? _registry;
    private readonly string? _subject;
    private readonly DatumReader<T> _reader;
    private readonly DatumWriter<T> _writer;
    private readonly RegisteredSchema _registered;

    internal AvroFormat(Schema schema, bool specific, ISchemaRegistry? registry, string? subject)
    {
        ArgumentNullException.ThrowIfNull(schema);
        _schema = schema;
        _specific = specific;
        _registry = registry;
        _subject = subject;
        _reader = ReaderOf(schema);
        _writer = specific ? new SpecificDatumWriter<T>(schema) : new GenericDatumWriter<T>(schema);
        _registered = new RegisteredSchema(RegisteredSchema.Avro, schema.ToString());
    }

    /// <inheritdoc/>
    /// <exception cref="SchemaFormatException">The bytes are not a record, or their schema cannot be read as the reader's.</exception>
    public T Deserialize(ReadOnlySpan<byte> value)
    {
        DatumReader<T> reader = _reader;
        if (_registry is not null)
        {
            value = WireFormat.ReadHeader(value, out int id);
            reader = _readers.TryGetValue(id, out DatumReader<T>? known) ? known : AddReader(id, _registry);
        }

        using var stream = new MemoryStream(value.ToArray(), writable: false);
        T record = reader.Read(null!, new BinaryDecoder(stream));
        if (stream.Position != stream.Length)
        {
            throw new SchemaFormatException(
                $"Avro record '{_schema.Fullname}' ends after {stream.Position} of {stream.Length} bytes where all are expected; read the value with the schema it was written with, or through the registry.");
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

        using var stream = new MemoryStream();
        _writer.Write(value, new BinaryEncoder(stream));
        output.Write(stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }

    private DatumReader<T> AddReader(int id, ISchemaRegistry registry)
    {
        RegisteredSchema written = registry.GetById(id);
        if (written.SchemaType != RegisteredSchema.Avro)
        {
            throw new SchemaFormatException($"Schema {id} is of type {written.SchemaType} where {RegisteredSchema.Avro} is expected; read the topic with the format of its producer.");
        }

        try
        {
            return _readers.GetOrAdd(id, ReaderOf(Schema.Parse(written.Schema)));
        }
        catch (AvroException e)
        {
            throw new SchemaFormatException(
                $"Schema {id} cannot be read as '{_schema.Fullname}' ({e.Message}); give the reader's schema defaults for the fields that the writer does not have, and types that the written ones promote to.", e);
        }
    }

    private DatumReader<T> ReaderOf(Schema written) => _specific ? new SpecificDatumReader<T>(written, _schema) : new GenericDatumReader<T>(written, _schema);
}
