namespace Millrace.Connectors;

/// <summary>An encoded record with its stable identity.</summary>
/// <param name="Sequence">Position of the record in its task's output; rises.</param>
/// <param name="Id">The stable id, sent in the header <c>millrace-id</c>.</param>
/// <param name="Data">What <see cref="IDurableSink{T}.Encode"/> wrote.</param>
public readonly record struct DurableSinkRecord(long Sequence, string Id, ReadOnlyMemory<byte> Data);
