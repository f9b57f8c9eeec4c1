namespace Millrace.Durable.Protocol;

/// <summary>
/// The protocol's guards, each of which the simulator can switch off to show that its absence is found. Hosts use <see cref="All"/>.
/// </summary>
[Flags]
internal enum ProtocolGuards
{
    None = 0,

    /// <summary>A new owner writes epoch + 1 first, and every ledger write is conditional.</summary>
    Epoch = 1,

    /// <summary>An envelope waits for the one that it follows.</summary>
    Previous = 2,

    /// <summary>Whole payloads are sent under a plan whose bounds are replayed, and never apply in part.</summary>
    Plan = 4,

    /// <summary>An entity batch sends only what it found in the state that it loaded.</summary>
    DurableOutbox = 8,

    /// <summary>Holes before or inside a batch are read back.</summary>
    ReadBack = 16,

    /// <summary>Records at or below the applied position are filtered out.</summary>
    OverlapFilter = 32,

    /// <summary>A watermark told by a tick waits until the channel has applied the position told with it.</summary>
    ProgressPosition = 64,

    /// <summary>What the progress marker of a transactional sink covers is not sent again.</summary>
    SinkMarker = 128,

    /// <summary>A tick completes the work of a partition whose owner is gone, and resends what a receiver lacks.</summary>
    Repair = 256,

    /// <summary>What a keyed task has sent to another is kept until it is known to be applied.</summary>
    Acknowledge = 512,

    All = Epoch | Previous | Plan | DurableOutbox | ReadBack | OverlapFilter | ProgressPosition | SinkMarker | Repair | Acknowledge,
}

/// <summary>How the protocol runs.</summary>
internal sealed record ProtocolOptions
{
    /// <summary>The guards that are on.</summary>
    public ProtocolGuards Guards { get; init; } = ProtocolGuards.All;

    /// <summary>Bytes that a task holds back per channel; more is dropped and read again.</summary>
    public int MaxHeldBackBytes { get; init; } = KeyedTaskOptions.DefaultMaxHeldBackBytes;
}
