using Millrace.Durable.Protocol;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>How far a source partition is, for people and metrics.</summary>
/// <param name="Source">Uid of the source.</param>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Next">The first offset that is not committed; -1 = nothing is yet.</param>
/// <param name="Epoch">Number of its owner.</param>
/// <param name="Watermark">Milliseconds since the Unix epoch; <see langword="null"/> = none yet.</param>
/// <param name="Pending">Offsets that wait, holes counted; 0 = nothing is left.</param>
internal sealed record SourcePartitionStatus(
    string Source,
    string Topic,
    int Partition,
    long Next,
    long Epoch,
    long? Watermark,
    long Pending
)
{
    public static SourcePartitionStatus Of(DurableJob job, Stage source, in PartitionStatus status)
    {
        (string topic, int partition) = job.Plan.PartitionOf(source, status.Upstream);
        long next = status.Ledger?.Next ?? -1;
        return new SourcePartitionStatus(
            source.Uid,
            topic,
            partition,
            next,
            status.Ledger?.Epoch ?? 0,
            status.Ledger is { Watermark: > long.MinValue and var watermark } ? watermark : null,
            status.LastRecord < 0 ? 0 : status.LastRecord + 1 - Math.Max(next, 0)
        );
    }
}
