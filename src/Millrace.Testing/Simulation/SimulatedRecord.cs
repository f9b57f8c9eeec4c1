namespace Millrace.Testing.Simulation;

/// <summary>A record to be produced into a topic that a simulated job reads.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition, from 0.</param>
/// <param name="Key">The key's bytes; null: none.</param>
/// <param name="Value">The value's bytes; null: a tombstone.</param>
/// <param name="Timestamp">Kafka's timestamp, in milliseconds since the Unix epoch.</param>
public sealed record SimulatedRecord(string Topic, int Partition, ReadOnlyMemory<byte>? Key, ReadOnlyMemory<byte>? Value, long Timestamp);
