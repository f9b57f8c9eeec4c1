using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>What a source chain runs over.</summary>
/// <param name="Partition">The source partition.</param>
/// <param name="Range">The offsets that this run stands for.</param>
/// <param name="Records">The records in the range, in order.</param>
/// <param name="Ledger">Epoch, watermark and last positions to continue from.</param>
/// <param name="Only">For a resend: the one channel to send on; its last position is in <paramref name="Ledger"/>.</param>
internal readonly record struct ChainContext(
    int Partition,
    OffsetRange Range,
    IReadOnlyList<SimRecord> Records,
    LedgerState Ledger,
    ChannelId? Only
);
