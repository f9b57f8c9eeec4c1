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
    /// How much may be held back per channel, in bytes. Default 256 KB. What exceeds it is dropped, furthest first, and sent again
    /// when a tick finds the hole.
    /// </summary>
    public int MaxHeldBackBytes { get; init; } = 256 * 1024;

    public ProtocolGuards Guards { get; init; } = ProtocolGuards.All;
}
