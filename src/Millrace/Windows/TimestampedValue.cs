namespace Millrace.Windows;

/// <summary>A record and its timestamp.</summary>
/// <typeparam name="T">Type of the record.</typeparam>
/// <param name="Value">The record.</param>
/// <param name="Timestamp">Milliseconds since the Unix epoch, or <see cref="Batches.RecordBatch.NoTimestamp"/>.</param>
public readonly record struct TimestampedValue<T>(T Value, long Timestamp);
