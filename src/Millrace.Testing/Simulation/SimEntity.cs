using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;

namespace Millrace.Testing.Simulation;

/// <summary>An entity as its store has it: inbox, last saved state, who runs it.</summary>
internal sealed class SimEntity(TaskKey key)
{
    public TaskKey Key => key;

    public string Name { get; } = key.ToString();

    public List<EntityMessage> Inbox { get; } = [];

    public TaskState? State { get; set; }

    public long ETag { get; set; }

    /// <summary>Entity-to-entity messages that a saved state includes: their redelivery is recognized. Client signals are not.</summary>
    public HashSet<long> Processed { get; } = [];

    /// <summary>The process that runs a batch now; null when nobody does.</summary>
    public SimProcess? RunBy { get; set; }

    /// <summary>What that batch has.</summary>
    public IReadOnlyList<EntityMessage> Running { get; set; } = [];

    /// <summary>Grows with each lease, so that a late release by an old holder is ignored.</summary>
    public long Lease { get; set; }

    /// <summary>When the last message of each sending entity becomes visible: their order is kept.</summary>
    public Dictionary<string, long> VisibleBySender { get; } = new(StringComparer.Ordinal);
}

/// <summary>A message on its way to an entity.</summary>
/// <param name="Id">Unique per sending; a redelivery has the same.</param>
/// <param name="Sender">The sending entity; null for a client's signal.</param>
/// <param name="Operation">What it asks for.</param>
/// <param name="Content">What it says.</param>
internal sealed record EntityMessage(long Id, string? Sender, string Operation, byte[] Content)
{
    public long VisibleAt { get; set; }
}
