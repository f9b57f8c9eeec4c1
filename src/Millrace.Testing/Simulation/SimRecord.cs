using Millrace.Connectors;

namespace Millrace.Testing.Simulation;

/// <summary>A record of a simulated source partition: of the simulator's own job the numbers, of a given job the raw record.</summary>
internal readonly record struct SimRecord(int Partition, long Offset, int Key, long Value, long Timestamp, RawRecord? Raw = null);
