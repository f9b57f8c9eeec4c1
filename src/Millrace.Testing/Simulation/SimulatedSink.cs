namespace Millrace.Testing.Simulation;

/// <summary>What the simulated job's sinks promise.</summary>
public enum SimulatedSink
{
    /// <summary>Nothing is lost; duplicates carry the same <c>millrace-id</c> and the same content.</summary>
    AtLeastOnce,

    /// <summary>Readers of committed records see each record once.</summary>
    ExactlyOnce,
}
