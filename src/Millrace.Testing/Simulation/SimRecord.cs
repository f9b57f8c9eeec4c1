namespace Millrace.Testing.Simulation;

/// <summary>A record of the simulated source topic.</summary>
internal readonly record struct SimRecord(int Partition, long Offset, int Key, long Value, long Timestamp);
