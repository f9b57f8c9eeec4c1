namespace Millrace.Ledger;

/// <summary>What a tick read about one partition. The ledger is read before the end of the partition.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Ledger">Null where nobody has owned the partition yet.</param>
/// <param name="LastRecord">The offset of the partition's last record at or after the ledger's next offset; -1 where none is left to process.
/// Transaction markers and compacted offsets are not records; records of open transactions are.</param>
internal readonly record struct PartitionStatus(int Partition, LedgerState? Ledger, long LastRecord);
