using System.Text;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka;

/// <summary>
/// A record as it came from Kafka, with its key, headers and metadata. The spans point into the client's memory and end with the call that
/// got the message: copy what must stay.
/// </summary>
public readonly ref struct KafkaMessage
{
    private readonly nint _native;
    private readonly IReadOnlyList<KeyValuePair<string, byte[]?>>? _headers;

    /// <summary>Makes a message from parts, for tests of schemas.</summary>
    /// <param name="topic">Topic.</param>
    /// <param name="partition">Partition.</param>
    /// <param name="offset">Offset.</param>
    /// <param name="timestamp">Milliseconds since the Unix epoch; -1 = none.</param>
    /// <param name="key">Key; <see langword="null"/> = none.</param>
    /// <param name="value">Value; <see langword="null"/> = a tombstone.</param>
    /// <param name="headers">Headers; <see langword="null"/> values stay null.</param>
    public KafkaMessage(
        string topic,
        int partition,
        long offset,
        long timestamp,
        byte[]? key,
        byte[]? value,
        IReadOnlyList<KeyValuePair<string, byte[]?>>? headers = null
    )
    {
        Topic = topic;
        Partition = partition;
        Offset = offset;
        Timestamp = timestamp;
        Key = key;
        HasKey = key is not null;
        Value = value;
        IsTombstone = value is null;
        _headers = headers;
    }

    internal KafkaMessage(RawRecord record)
    {
        Topic = record.Topic;
        Partition = record.Partition;
        Offset = record.Offset;
        Timestamp = record.Timestamp == RecordBatch.NoTimestamp ? -1 : record.Timestamp;
        HasKey = record.Key is not null;
        Key = record.Key is { } key ? key.Span : default;
        IsTombstone = record.Value is null;
        Value = record.Value is { } value ? value.Span : default;
        _headers = record.Headers;
    }

    internal unsafe KafkaMessage(RdKafkaMessage* message, string topic, long timestamp)
    {
        _native = (nint)message;
        Topic = topic;
        Partition = message->Partition;
        Offset = message->Offset;
        Timestamp = timestamp;
        HasKey = message->Key != null;
        Key = new ReadOnlySpan<byte>(message->Key, (int)message->KeyLength);
        IsTombstone = message->Value == null;
        Value = new ReadOnlySpan<byte>(message->Value, (int)message->ValueLength);
    }

    /// <summary>A copy that outlives the call that got the message.</summary>
    internal RawRecord ToRaw()
    {
        KafkaHeaders headers = Headers;
        KeyValuePair<string, byte[]?>[] copies = headers.Count == 0 ? [] : new KeyValuePair<string, byte[]?>[headers.Count];
        for (int i = 0; i < copies.Length; i++)
        {
            KafkaHeader header = headers[i];
            copies[i] = new(Encoding.UTF8.GetString(header.Name), header.IsNull ? null : header.Value.ToArray());
        }

        return new RawRecord(
            Topic,
            Partition,
            Offset,
            Timestamp < 0 ? RecordBatch.NoTimestamp : Timestamp,
            HasKey ? (ReadOnlyMemory<byte>?)Key.ToArray() : null,
            IsTombstone ? null : (ReadOnlyMemory<byte>?)Value.ToArray(),
            copies
        );
    }

    /// <summary>Topic that the record was read from.</summary>
    public string Topic { get; }

    /// <summary>Partition that the record was read from.</summary>
    public int Partition { get; }

    /// <summary>Offset of the record in its partition. Offsets may have gaps.</summary>
    public long Offset { get; }

    /// <summary>Kafka's timestamp of the record in milliseconds since the Unix epoch; -1 = none.</summary>
    public long Timestamp { get; }

    /// <summary>Whether the record has a key (an empty key is one).</summary>
    public bool HasKey { get; }

    /// <summary>The key; empty without one.</summary>
    public ReadOnlySpan<byte> Key { get; }

    /// <summary>Whether the value is null: in a compacted topic, the deletion of the key.</summary>
    public bool IsTombstone { get; }

    /// <summary>The value; empty for a tombstone.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The headers.</summary>
    public unsafe KafkaHeaders Headers
    {
        get
        {
            if (_native == 0)
            {
                return new KafkaHeaders(_headers);
            }

            return NativeMethods.rd_kafka_message_headers((RdKafkaMessage*)_native, out nint headers) == ErrorCodes.NoError
                ? new KafkaHeaders(headers)
                : default;
        }
    }
}
