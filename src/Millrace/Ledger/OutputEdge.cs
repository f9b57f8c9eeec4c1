namespace Millrace.Ledger;

/// <summary>An output of a keyed task: an edge to the tasks <c>[0, Downstreams)</c> of the next stage.</summary>
internal sealed record OutputEdge(string Name, int Downstreams);
