namespace Millrace.Ledger;

/// <summary>What a keyed task is told once.</summary>
internal sealed record KeyedTaskOptions
{
    /// <summary>The job and its incarnation.</summary>
    public required string Job { get; init; }

    public required string Stage { get; init; }

    public required int Task { get; init; }

    public required IReadOnlyList<InputEdge> Inputs { get; init; }

    public IReadOnlyList<OutputEdge> Outputs { get; init; } = [];

    /// <summary>
    /// How much may be held back per source channel, in bytes. Default 256 KB. What exceeds it is dropped, furthest first, and sent again
    /// when a tick finds the hole. Channels from keyed tasks have no bound: the host keeps their order and loses nothing.
    /// </summary>
    public int MaxHeldBackBytes { get; init; } = 256 * 1024;

    public ProtocolGuards Guards { get; init; } = ProtocolGuards.All;
}
