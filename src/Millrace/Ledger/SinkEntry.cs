namespace Millrace.Ledger;

/// <summary>A record on its way to a sink, with the sequence number that makes its id stable.</summary>
internal readonly record struct SinkEntry(string Sink, long Sequence, ReadOnlyMemory<byte> Record);
