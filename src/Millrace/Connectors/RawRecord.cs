namespace Millrace.Connectors;

/// <summary>A record as a trigger delivers it, before deserialization.</summary>
/// <param name="Topic">Topic that it was read from.</param>
/// <param name="Partition">Partition that it was read from.</param>
/// <param name="Offset">Its offset in the partition; offsets may have gaps.</param>
/// <param name="Timestamp">Milliseconds since the Unix epoch; <see cref="Batches.RecordBatch.NoTimestamp"/> = none.</param>
/// <param name="Key">The key; <see langword="null"/> = none.</param>
/// <param name="Value">The value; <see langword="null"/> = a tombstone.</param>
/// <param name="Headers">The headers, in order; a value may be <see langword="null"/>, which is something else than empty.</param>
public sealed record RawRecord(
    string Topic,
    int Partition,
    long Offset,
    long Timestamp,
    ReadOnlyMemory<byte>? Key,
    ReadOnlyMemory<byte>? Value,
    IReadOnlyList<KeyValuePair<string, byte[]?>> Headers
);
