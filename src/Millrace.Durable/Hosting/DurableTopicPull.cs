using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Takes the place of a trigger where there is none: reads on in the partitions of topics that are not Kafka's, up to where they ended when
/// the tick began, and puts what it finds through the source tasks as a trigger's batch.
/// </summary>
internal sealed class DurableTopicPull(DurableJob job, JobTopics topics, DurableSourceHost sources)
{
    private const int MaxRecords = 20_000;

    /// <summary>Returns when all is committed, or after <see cref="DurableHostOptions.PullTime"/>: the next tick goes on.</summary>
    public async Task RunAsync(
        Stage source,
        IReadOnlyList<PartitionStatus> statuses,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        long start = job.Services.Time.GetTimestamp();
        List<Pending> pending = [];
        foreach (PartitionStatus status in statuses)
        {
            (string topic, int partition) = job.Plan.PartitionOf(source, status.Upstream);
            long next =
                status.Ledger?.Next ?? await topics.FindStartAsync(source, status.Upstream, cancellationToken).ConfigureAwait(false);
            if (next <= status.LastRecord)
            {
                pending.Add(new Pending(topic, partition, next, status.LastRecord));
            }
        }

        if (pending.Count == 0)
        {
            return;
        }

        // One round at least: a slow look at the partitions must not keep them from being read.
        do
        {
            int share = Math.Max(1, MaxRecords / pending.Count);
            (Pending? Left, IReadOnlyList<RawRecord> Records)[] read = await Task.WhenAll(
                    pending.Select(part => ReadAsync(source, part, share, cancellationToken))
                )
                .ConfigureAwait(false);
            pending = [.. read.Select(part => part.Left).OfType<Pending>()];
            RawRecord[] batch = [.. read.SelectMany(part => part.Records)];
            if (batch.Length > 0)
            {
                await sources.ProcessAsync(source, batch, tasks, cancellationToken).ConfigureAwait(false);
            }
        } while (pending.Count > 0 && job.Services.Time.GetElapsedTime(start) < job.Options.PullTime);
    }

    private async Task<(Pending? Left, IReadOnlyList<RawRecord> Records)> ReadAsync(
        Stage source,
        Pending part,
        int maxRecords,
        CancellationToken cancellationToken
    )
    {
        RawRecordRange range = await topics
            .ReaderOf(source)
            .ReadAsync(part.Topic, part.Partition, part.Next, part.Last, maxRecords, cancellationToken)
            .ConfigureAwait(false);
        bool isOver = range.CoveredTo < part.Next || range.CoveredTo >= part.Last;
        return (isOver ? null : part with { Next = range.CoveredTo + 1 }, range.Records);
    }

    private sealed record Pending(string Topic, int Partition, long Next, long Last);
}
