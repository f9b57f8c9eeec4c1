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

    /// <summary>A partition is taken over only by who has read that the job is not suspended, before and after.</summary>
    SuspensionCheck = 1024,

    /// <summary>A task reads what it lacks of its sources by itself.</summary>
    FillHoles = 2048,

    /// <summary>Nothing below the offset at which the state began is read for a hole.</summary>
    FirstOffset = 4096,

    /// <summary>What was read for a hole ends with an envelope up to where it was read, with nothing in it if need be.</summary>
    EmptyEnvelope = 8192,

    /// <summary>A start from a savepoint gets an incarnation that no other start ever got.</summary>
    FreshIncarnation = 16384,

    /// <summary>Every savepoint that was ever taken is remembered, and none is taken twice.</summary>
    TakenOnce = 32768,

    /// <summary>Tasks are frozen while a savepoint is written.</summary>
    Freeze = 65536,

    /// <summary>The word that a start from a savepoint is under way looks in the same write whether it is over.</summary>
    ClaimOnce = 131072,

    /// <summary>The state has an order of topics of its own, however the job lists them.</summary>
    TopicOrder = 262144,

    /// <summary>A job whose time has ended does not go on.</summary>
    DrainIsFinal = 524288,

    /// <summary>A ledger is checked against the log that there is now.</summary>
    LogCheck = 1048576,

    /// <summary>Records between a source and a sink are numbered anew from an older savepoint on.</summary>
    NewOrigin = 2097152,

    /// <summary>One process at a time takes a savepoint of a job.</summary>
    SavepointTurn = 4194304,

    /// <summary>What a tick repairs begins with the ledger that the store has.</summary>
    FreshLedger = 8388608,

    /// <summary>What a tick tells of a partition moves a channel along that had nothing.</summary>
    QuietChannel = 16777216,

    /// <summary>What a process keeps of a task is used only for the very state that it saved.</summary>
    Stamp = 33554432,

    All = (Stamp << 1) - 1,
}

/// <summary>How the protocol runs.</summary>
internal sealed record ProtocolOptions
{
    /// <summary>The guards that are on.</summary>
    public ProtocolGuards Guards { get; init; } = ProtocolGuards.All;

    public bool Has(ProtocolGuards guard) => Guards.HasFlag(guard);

    /// <summary>Bytes that a task holds back per channel; more is dropped and read again.</summary>
    public int MaxHeldBackBytes { get; init; } = KeyedTaskOptions.DefaultMaxHeldBackBytes;
}
