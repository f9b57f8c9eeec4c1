using System.Collections.Concurrent;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Finds out what is left in the partitions of a source: of all at once where each ends, and of those that nobody has moved since, what
/// their last record is. A record behind a partition's position may be the marker of a transaction, which nobody processes; in one that
/// moves nobody needs to know.
/// </summary>
internal sealed class PartitionEnds(DurableJob job, JobTopics topics)
{
    private static readonly TimeSpan LookTime = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<(string Source, int Upstream), Seen> _seen = new();

    // What could not be looked at when it was last tried: said once.
    private readonly ConcurrentDictionary<(string Source, int Upstream), byte> _unknown = new();
    private int _first;

    /// <summary>
    /// Fills in the last records. Partitions that cannot be looked at, or not in the time that a tick has, are unknown; the next look
    /// begins with others.
    /// </summary>
    /// <param name="source">The source.</param>
    /// <param name="statuses">Its partitions, with their ledgers, which were read before.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task LookAsync(Stage source, PartitionStatus[] statuses, CancellationToken cancellationToken)
    {
        long start = job.Services.Time.GetTimestamp();
        IReadOnlyList<long> ends = await FindEndsAsync(source, statuses, cancellationToken).ConfigureAwait(false);
        int first = statuses.Length == 0 ? 0 : _first % statuses.Length;
        for (int n = 0; n < statuses.Length; n++)
        {
            int i = (first + n) % statuses.Length;
            PartitionStatus status = statuses[i];
            (string, int) key = (source.Uid, status.Upstream);
            if (ends.Count > 0 && status.Ledger is { } ledger && ends[i] >= ledger.Next)
            {
                Seen? before = _seen.GetValueOrDefault(key);
                bool hasMoved = before is null || before.Next != ledger.Next || before.End != ends[i];
                long? last =
                    ends[i] == ledger.Next ? -1
                    : hasMoved ? ends[i] - 1
                    : before!.Last;
                if (last is { } known)
                {
                    statuses[i] = status with { LastRecord = known };
                    _seen[key] = new Seen(ledger.Next, ends[i], hasMoved ? null : last);
                    _unknown.TryRemove(key, out _);
                    continue;
                }
            }

            if (job.Services.Time.GetElapsedTime(start) > LookTime)
            {
                // Some partitions have taken all the time: no tick is held up by them.
                statuses[i] = status with
                {
                    IsUnknown = true,
                };
                continue;
            }

            _first = i + 1;
            statuses[i] = await LookAsync(source, status, cancellationToken).ConfigureAwait(false);
            if (ends.Count > 0 && status.Ledger is { } moved && !statuses[i].IsUnknown)
            {
                _seen[key] = new Seen(moved.Next, ends[i], statuses[i].LastRecord);
            }
        }
    }

    private async Task<IReadOnlyList<long>> FindEndsAsync(Stage source, PartitionStatus[] statuses, CancellationToken cancellationToken)
    {
        RawPosition[] positions =
        [
            .. statuses.Select(status =>
            {
                (string topic, int partition) = job.Plan.PartitionOf(source, status.Upstream);
                return new RawPosition(topic, partition, status.Ledger?.Next ?? 0);
            }),
        ];
        try
        {
            return await topics.ReaderOf(source).FindEndsAsync(positions, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (DurableTicker.IsPassing(exception, cancellationToken))
        {
            // Each is asked for by itself, and those that have failed are told.
            return [];
        }
    }

    private async Task<PartitionStatus> LookAsync(Stage source, PartitionStatus status, CancellationToken cancellationToken)
    {
        (string topic, int partition) = job.Plan.PartitionOf(source, status.Upstream);
        try
        {
            long next =
                status.Ledger?.Next ?? await topics.FindStartAsync(source, status.Upstream, cancellationToken).ConfigureAwait(false);
            long last = await topics.ReaderOf(source).FindLastRecordAsync(topic, partition, next, cancellationToken).ConfigureAwait(false);
            _unknown.TryRemove((source.Uid, status.Upstream), out _);
            return status with { LastRecord = last };
        }
        catch (Exception exception) when (DurableTicker.IsPassing(exception, cancellationToken))
        {
            if (_unknown.TryAdd((source.Uid, status.Upstream), 0))
            {
                Log.PartitionUnknown(job.Logger, exception, job.Name, job.Plan.Describe(source, status.Upstream));
            }

            return status with
            {
                IsUnknown = true,
            };
        }
    }

    private sealed record Seen(long Next, long End, long? Last);
}
