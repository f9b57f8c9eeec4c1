namespace Millrace.Kafka;

/// <summary>One header of a Kafka record. Valid only while the record is.</summary>
public readonly ref struct KafkaHeader
{
    internal KafkaHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, bool isNull)
    {
        Name = name;
        Value = value;
        IsNull = isNull;
    }

    /// <summary>The name, UTF-8: <c>header.Name.SequenceEqual("trace-id"u8)</c>.</summary>
    public ReadOnlySpan<byte> Name { get; }

    /// <summary>The value; empty where it is null.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>Whether the value is null, which is something else than empty.</summary>
    public bool IsNull { get; }
}
