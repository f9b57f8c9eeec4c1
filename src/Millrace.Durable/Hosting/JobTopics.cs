using System.Collections.Concurrent;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>The topics of a job's sources, in one process. Thread-safe.</summary>
internal sealed class JobTopics(DurableJobPlan plan, DurableControl control, DurableServices services) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, IRawTopicReader> _readers = new(StringComparer.Ordinal);

    public IRawTopicReader ReaderOf(Stage source) =>
        _readers.GetOrAdd(
            source.Uid,
            _ =>
                services.CreateTopicReader(
                    DurableJobPlan.SourceOf(source),
                    new ConnectorContext(
                        plan.Graph.Name,
                        source.Uid,
                        0,
                        1,
                        services.Time,
                        services.LoggerFactory,
                        services.CancellationToken
                    )
                )
        );

    /// <summary>Where a partition begins that has no ledger.</summary>
    public Task<long> FindStartAsync(Stage source, int upstream, CancellationToken cancellationToken)
    {
        (string topic, int partition) = plan.PartitionOf(source, upstream);
        return ReaderOf(source).FindStartAsync(topic, partition, isInitial: !control.StartsAreResolved, cancellationToken);
    }

    /// <summary>Checks ledgers of a source against its topics, and learns the ids of topics that a ledger lacks.</summary>
    /// <exception cref="SuppressRestartsException">A ledger's offsets are not, or no longer, of the log that there is.</exception>
    public async Task<LedgerState[]> ValidateAsync(
        Stage source,
        IReadOnlyList<(int Upstream, LedgerState Ledger)> ledgers,
        CancellationToken cancellationToken
    )
    {
        IRawRecordSource raw = DurableJobPlan.SourceOf(source);
        SourceSplit[] splits =
        [
            .. ledgers.Select(entry =>
            {
                (string topic, int partition) = plan.PartitionOf(source, entry.Upstream);
                return raw.SplitAt(new RawPosition(topic, partition, entry.Ledger.Next) { TopicId = entry.Ledger.TopicId });
            }),
        ];
        IReadOnlyList<RawPosition> found = services.Protocol.Has(ProtocolGuards.LogCheck)
            ? await ReaderOf(source).ValidateAsync(splits, cancellationToken).ConfigureAwait(false)
            : [];
        if (found.Count == 0)
        {
            return [.. ledgers.Select(entry => entry.Ledger)];
        }

        LedgerState[] valid = new LedgerState[splits.Length];
        for (int i = 0; i < valid.Length; i++)
        {
            LedgerState ledger = ledgers[i].Ledger;
            if (found[i].Offset != ledger.Next && ledger.Next >= 0)
            {
                // Positions of its channels are offsets, and they only grow.
                throw new SuppressRestartsException(
                    $"Job '{plan.Graph.Name}', partition {plan.Describe(source, ledgers[i].Upstream)}: its log is another one than "
                        + $"was read up to offset {ledger.Next}, and the source may go on from {found[i].Offset}. "
                        + $"Here it does so from a savepoint: take one with POST jobs/{plan.Graph.Name}/savepoint, and start from it with "
                        + $"the setting Millrace:{plan.Graph.Name}:RestoreFrom."
                );
            }

            valid[i] = ledger with { TopicId = found[i].TopicId };
        }

        return valid;
    }

    /// <summary>Reads a record again, for a dead letter.</summary>
    public RawRecord? ReadOriginal(RecordOrigin origin, CancellationToken cancellationToken)
    {
        Stage source = plan.Sources.First(stage =>
            string.Equals(plan.Graph.UidOf(stage.Nodes[0]), origin.Split!.Source, StringComparison.Ordinal)
        );
        return OriginalReader.Read(ReaderOf(source), origin, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (IRawTopicReader reader in _readers.Values)
        {
            await reader.DisposeAsync().ConfigureAwait(false);
        }
    }
}
