namespace Millrace.Testing.Simulation;

/// <summary>A condition of a call did not hold: another ETag, another producer epoch.</summary>
internal sealed class SimConflictException(string message) : Exception(message);
