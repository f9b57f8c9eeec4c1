namespace Millrace.Ledger;

/// <summary>One step that a source task asks for.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Range">For <see cref="SourceAction.ReadBack"/> and <see cref="SourceAction.Process"/>.</param>
/// <param name="Ledger">For <see cref="SourceAction.WriteLedger"/> the state to write, for <see cref="SourceAction.Process"/> the state to
/// work from.</param>
/// <param name="ETag">For <see cref="SourceAction.WriteLedger"/>: the state that this one replaces; null where there must be none.</param>
/// <param name="IsUnconditional">The write is not conditional. Only with the epoch guard off.</param>
internal readonly record struct SourceStep(
    SourceAction Action,
    OffsetRange Range = default,
    LedgerState? Ledger = null,
    string? ETag = null,
    bool IsUnconditional = false
);

/// <summary>What a source task asks its host to do next.</summary>
internal enum SourceAction
{
    /// <summary>Read the ledger; answer <see cref="SourceTask.LedgerRead"/>.</summary>
    ReadLedger,

    /// <summary>
    /// Write the ledger; answer <see cref="SourceTask.LedgerWritten"/>, <see cref="SourceTask.LedgerConflict"/> or
    /// <see cref="SourceTask.LedgerUnknown"/>.
    /// </summary>
    WriteLedger,

    /// <summary>Read a range of the partition with an own consumer; answer <see cref="SourceTask.ReadBackDone"/>.</summary>
    ReadBack,

    /// <summary>Run the chain over a range and await what it sends; answer <see cref="SourceTask.Processed"/>.</summary>
    Process,

    /// <summary>The batch is committed, here or by another owner.</summary>
    Completed,

    /// <summary>Another owner has the partition: discard the work, let the batch be delivered again.</summary>
    Superseded,
}
