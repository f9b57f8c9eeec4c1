using Avro;
using Avro.Generic;
using Avro.Specific;

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
