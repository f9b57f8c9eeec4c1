namespace Millrace.Testing.Simulation;

/// <summary>A record that a reader of committed records finds behind a simulated sink.</summary>
/// <param name="Sink">The sink's uid.</param>
/// <param name="Id">The record's <c>millrace-id</c>.</param>
/// <param name="Content">The record as the sink encoded it: as text if it is printable ASCII, else in hexadecimal.</param>
public readonly record struct SimulatedOutput(string Sink, string Id, string Content);
