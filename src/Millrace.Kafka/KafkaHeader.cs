namespace Millrace.Kafka;

/// <summary>One header of a Kafka record. Valid only while the record is.</summary>
public readonly ref struct KafkaHeader
{
    internal KafkaHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Name = name;
        Value = value;
    }

    /// <summary>The name, UTF-8: <c>header.Name.SequenceEqual("trace-id"u8)</c>.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The value; empty where Kafka has null.</summary>
    public ReadOnlySpan<byte> Value { get; }
}
