namespace Millrace.Ledger;

/// <summary>
/// What a tick tells one task about one edge. It names every upstream of the edge, so a task that got one knows its channels.
/// A late or repeated one does no harm: what it says stays true.
/// </summary>
internal sealed record Progress
{
    public required string Job { get; init; }

    public required string Edge { get; init; }

    public required IReadOnlyList<PartitionProgress> Partitions { get; init; }
}
