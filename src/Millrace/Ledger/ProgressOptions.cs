namespace Millrace.Ledger;

/// <summary>How ticks judge silence.</summary>
internal sealed record ProgressOptions
{
    /// <summary>
    /// Work that nobody has moved for this long is completed by the tick. Longer than the longest batch takes. Default 5 minutes.
    /// </summary>
    public TimeSpan RepairTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// A hole at a receiver is filled when it has not changed for this long. Longer than a signal takes. Default 1 minute.
    /// </summary>
    public TimeSpan ResendTimeout { get; init; } = TimeSpan.FromMinutes(1);

    public ProtocolGuards Guards { get; init; } = ProtocolGuards.All;
}
