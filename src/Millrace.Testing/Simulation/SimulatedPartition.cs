using Millrace.Time;

namespace Millrace.Testing.Simulation;

/// <summary>A source partition of a simulated job.</summary>
/// <param name="Source">The source stage's name.</param>
/// <param name="Upstream">The partition's number on its channels.</param>
/// <param name="Edges">The edges that leave the source stage.</param>
/// <param name="IdleTimeout">When the partition is idle; null: never.</param>
/// <param name="IdleClock">How event time goes on while all partitions of the source are quiet; null: not at all.</param>
internal sealed record SimulatedPartition(
    string Source,
    int Upstream,
    IReadOnlyList<string> Edges,
    TimeSpan? IdleTimeout,
    IdleClock? IdleClock = null
);
