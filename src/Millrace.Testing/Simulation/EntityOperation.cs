namespace Millrace.Testing.Simulation;

/// <summary>The operations of a task's entity.</summary>
internal enum EntityOperation
{
    Envelope,
    Progress,
    Flush,
    Acknowledge,
}
