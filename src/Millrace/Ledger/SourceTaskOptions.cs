namespace Millrace.Ledger;

/// <summary>What a source task is told once.</summary>
internal sealed record SourceTaskOptions
{
    /// <summary>The first offset of a partition without a ledger. Resolved by the host from the job's starting offsets.</summary>
    public long InitialOffset { get; init; }

    /// <summary>
    /// Whether the chain sends payloads that apply whole: pre-aggregates, or records without positions. Then every batch is planned: a
    /// channel that carried unplanned records could not take a whole payload that overlaps them.
    /// </summary>
    public bool IsPlanned { get; init; }

    /// <summary>More holes than this in one batch are read back as one range. Default 4.</summary>
    public int MaxReadBacks { get; init; } = 4;

    public ProtocolGuards Guards { get; init; } = ProtocolGuards.All;
}
