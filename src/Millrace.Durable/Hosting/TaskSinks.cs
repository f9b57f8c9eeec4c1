using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>The sinks of a keyed task, for the length of one batch.</summary>
internal sealed class TaskSinks(DurableJob job, JobSuspension suspension, SinkSenders senders, Stage stage, int index)
{
    /// <summary>Sends records of the outbox; returns why a sink did not take them, or <see langword="null"/>.</summary>
    public async Task<(string Sink, string? Error)> SendAsync(
        string sink,
        IEnumerable<SinkEntry> entries,
        Action<string, string, IReadOnlyList<DurableSinkRecord>> emit,
        CancellationToken cancellationToken
    )
    {
        DurableSinkRecord[] records =
        [
            .. entries.Select(entry => new DurableSinkRecord(
                entry.Sequence,
                RecordId.Of(job.Plan.Incarnation, stage.Uid, index, entry.Sequence),
                entry.Record
            )),
        ];
        if (senders.RestOf(sink, index) is { } reason)
        {
            return (sink, reason);
        }

        try
        {
            if (senders.GuaranteeOf(sink) == DurableSinkGuarantee.BestEffort)
            {
                emit(sink, FormattableString.Invariant($"{index}-{records[0].Sequence}-{records[^1].Sequence}"), records);
            }
            else
            {
                await senders.SendAsync(sink, index, stage.Parallelism, records, cancellationToken).ConfigureAwait(false);
            }

            return (sink, null);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Log.SinkFailed(job.Logger, exception, job.Name, stage.Uid, index, sink);
            await suspension.SuspendIfForGoodAsync(exception, cancellationToken).ConfigureAwait(false);
            return (sink, exception.Message);
        }
    }
}
