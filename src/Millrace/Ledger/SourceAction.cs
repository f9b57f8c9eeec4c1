namespace Millrace.Ledger;

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
