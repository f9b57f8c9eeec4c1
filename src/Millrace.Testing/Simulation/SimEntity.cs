namespace Millrace.Testing.Simulation;

/// <summary>An entity as its store has it: inbox, last saved state, who runs it.</summary>
internal sealed class SimEntity(string name, SimulatedStage stage, int task)
{
    public string Name => name;

    public SimulatedStage Stage => stage;

    public int Task => task;

    public List<EntityMessage> Inbox { get; } = [];

    public byte[] State { get; set; } = [];

    public long ETag { get; set; }

    /// <summary>Entity-to-entity messages that a saved state includes: their redelivery is recognized. Client signals are not.</summary>
    public HashSet<long> Processed { get; } = [];

    /// <summary>The process that runs a batch now; null when nobody does.</summary>
    public SimProcess? RunBy { get; set; }

    /// <summary>Grows with each lease, so that a late release by an old holder is ignored.</summary>
    public long Lease { get; set; }

    /// <summary>When the last message of each sending entity becomes visible: their order is kept.</summary>
    public Dictionary<string, long> VisibleBySender { get; } = new(StringComparer.Ordinal);
}
