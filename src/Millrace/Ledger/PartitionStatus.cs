namespace Millrace.Ledger;

/// <summary>What a tick read about one source partition. The ledger is read before the end of the partition.</summary>
/// <param name="Source">The source's name in the job; with <paramref name="Upstream"/> the partition's identity.</param>
/// <param name="Upstream">The partition's number on its channels.</param>
/// <param name="Ledger">Null where nobody has owned the partition yet.</param>
/// <param name="LastRecord">The offset of the partition's last record at or after the ledger's next offset; -1 where none is left to
/// process. Transaction markers and compacted offsets are not records; records of open transactions are.</param>
/// <param name="IdleTimeout">After having nothing to process for this long the partition is idle and no longer holds the watermark back.
/// Null: never.</param>
internal readonly record struct PartitionStatus(
    string Source,
    int Upstream,
    LedgerState? Ledger,
    long LastRecord,
    TimeSpan? IdleTimeout = null
);
