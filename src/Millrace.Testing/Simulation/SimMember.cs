namespace Millrace.Testing.Simulation;

/// <summary>A member of the consumer group, as its process sees it.</summary>
internal sealed class SimMember(SimProcess process)
{
    public SimProcess Process => process;

    /// <summary>False once the group has moved on without it.</summary>
    public bool IsValid { get; set; } = true;

    public int Generation { get; set; }

    /// <summary>The next offset to deliver, per assigned partition.</summary>
    public Dictionary<int, long> Positions { get; } = [];
}
