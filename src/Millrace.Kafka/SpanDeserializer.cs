namespace Millrace.Kafka;

/// <summary>A deserializer as a delegate over a span.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <param name="value">The value's bytes; valid only during the call.</param>
public delegate T SpanDeserializer<out T>(ReadOnlySpan<byte> value);
