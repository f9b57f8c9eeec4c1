namespace Millrace.Testing.Simulation;

/// <summary>An injected error, as a host sees it: the call may have taken effect or not.</summary>
internal sealed class SimFaultException(string message) : Exception(message);
