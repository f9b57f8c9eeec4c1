namespace Millrace.Testing.Simulation;

/// <summary>A record in a simulated sink's topic.</summary>
internal readonly record struct SinkRecord(string Sink, string Id, string Content);
