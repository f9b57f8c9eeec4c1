namespace Millrace.Ledger;

/// <summary>An input of a keyed task.</summary>
/// <param name="Name">The edge's name, unique in the job.</param>
/// <param name="IsSource">Whether the channels come from source partitions. Their number is told by ticks and may grow; a lost envelope is
/// sent again.</param>
/// <param name="Upstreams">For an edge from a keyed stage: its parallelism.</param>
internal sealed record InputEdge(string Name, bool IsSource, int Upstreams = 0);
