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
