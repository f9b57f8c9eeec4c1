namespace Millrace.Testing;

/// <summary>A record or a watermark.</summary>
internal readonly record struct TestElement<T>(T Value, long Timestamp, bool IsWatermark);
