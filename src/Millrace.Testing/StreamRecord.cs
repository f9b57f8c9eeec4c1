namespace Millrace.Testing;

/// <summary>A record with its event timestamp.</summary>
/// <typeparam name="T">Type of the value.</typeparam>
/// <param name="Value">The value.</param>
/// <param name="Timestamp">Milliseconds since the Unix epoch; <see cref="Batches.RecordBatch.NoTimestamp"/> if it has none.</param>
public readonly record struct StreamRecord<T>(T Value, long Timestamp)
{
    /// <inheritdoc/>
    public override string ToString() => Timestamp == Batches.RecordBatch.NoTimestamp ? $"{Value}" : $"{Value}@{Timestamp}";
}
