using System.Buffers;
using System.Text;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Producing;
using Millrace.Serialization;

namespace Millrace.Kafka;

/// <summary>A Kafka record while a schema fills it. One instance per sink task is used again and again.</summary>
public sealed partial class KafkaProducerRecord
{
    private readonly DataWriter _key = new(64);
    private readonly DataWriter _value = new(1024);
    private string? _topic;
    private bool _hasKey;
    private nint _headers;

    internal KafkaProducerRecord() { }

    /// <summary>The topic to write to.</summary>
    public string? Topic
    {
        get => _topic;
        set => _topic = value;
    }

    /// <summary>
    /// The partition to write to; -1 = chosen by the key's hash (as Java's client does), without a key at random. Default: -1.
    /// </summary>
    public int Partition { get; set; }

    /// <summary>Timestamp in milliseconds since the Unix epoch; 0 = now. Default: the record's event timestamp.</summary>
    public long Timestamp { get; set; }

    /// <summary>Whether the value is null, which deletes the key in a compacted topic.</summary>
    public bool IsTombstone { get; set; }

    /// <summary>Takes the key's bytes. Asking for it makes the record have a key, if only an empty one.</summary>
    public IBufferWriter<byte> Key
    {
        get
        {
            _hasKey = true;
            return _key;
        }
    }

    /// <summary>Takes the value's bytes.</summary>
    public IBufferWriter<byte> Value => _value;

    internal ReadOnlySpan<byte> KeyBytes => _key.WrittenSpan;

    internal int Size => _key.Length + _value.Length;

    /// <summary>Adds a header; names may repeat.</summary>
    /// <param name="name">Name, UTF-8: <c>"trace-id"u8</c>.</param>
    /// <param name="value">Value; copied.</param>
    public void AddHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => AddHeader(name, value, isNull: false);

    /// <summary>Adds a header of text; names may repeat.</summary>
    /// <param name="name">Name.</param>
    /// <param name="value">Value, written as UTF-8; <see langword="null"/> stays null.</param>
    public void AddHeader(string name, string? value) =>
        AddHeader(Encoding.UTF8.GetBytes(name), value is null ? default : Encoding.UTF8.GetBytes(value), value is null);

    /// <summary>Adds a header whose value is null, which is something else than empty.</summary>
    /// <param name="name">Name, UTF-8.</param>
    public void AddNullHeader(ReadOnlySpan<byte> name) => AddHeader(name, default, isNull: true);

    internal void Reset(string? topic, long timestamp)
    {
        _topic = topic;
        _hasKey = false;
        _key.Clear();
        _value.Clear();
        Partition = RawProducer.AnyPartition;
        Timestamp = timestamp;
        IsTombstone = false;
        FreeHeaders();
    }

    internal void Produce(RawProducer producer, ProducerTopic topic, CancellationToken cancellationToken)
    {
        nint headers = _headers;
        _headers = 0;
        producer.Produce(
            topic,
            Partition,
            _key.WrittenSpan,
            _hasKey,
            IsTombstone ? default : _value.WrittenSpan,
            IsTombstone,
            Timestamp,
            headers,
            cancellationToken
        );
    }

    internal void FreeHeaders()
    {
        if (_headers == 0)
        {
            return;
        }

        NativeMethods.rd_kafka_headers_destroy(_headers);
        _headers = 0;
    }

    private void AddHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool isNull)
    {
        if (_headers == 0)
        {
            _headers = NativeMethods.rd_kafka_headers_new(4);
        }

        NativeHeaders.AddTo(_headers, name, value, isNull);
    }
}
