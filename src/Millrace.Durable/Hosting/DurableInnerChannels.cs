using Millrace.Durable.Protocol;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Repairs channels between keyed tasks. The sender keeps what it has sent until the receiver acknowledges it; here both states are
/// compared, and a sender whose messages were lost is asked for them again. One call at a time.
/// </summary>
internal sealed class DurableInnerChannels(DurableJob job, ProgressTracker tracker)
{
    public async Task RepairAsync(IDurableTasks tasks, CancellationToken cancellationToken)
    {
        Dictionary<(string Stage, int Task), TaskCheckpoint> states = [];
        foreach (Stage from in job.Plan.KeyedStages.Where(stage => stage.OutputEdges.Count > 0))
        {
            for (int task = 0; task < from.Parallelism; task++)
            {
                TaskCheckpoint sender = await ReadAsync(from, task, states, tasks, cancellationToken).ConfigureAwait(false);
                foreach (IGrouping<ChannelId, Envelope> kept in sender.Unacknowledged.GroupBy(envelope => envelope.Channel).ToArray())
                {
                    TaskCheckpoint receiver = await ReadAsync(
                            job.Plan.TargetOf(kept.Key),
                            kept.Key.Downstream,
                            states,
                            tasks,
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                    await RepairAsync(from, kept.Key, kept.Max(envelope => envelope.To), receiver, tasks, cancellationToken)
                        .ConfigureAwait(false);
                }
            }
        }
    }

    private async Task RepairAsync(
        Stage from,
        ChannelId channel,
        long sent,
        TaskCheckpoint receiver,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        long applied = receiver.Channels.TryGetValue(channel, out ChannelReceiver? end) ? end.Applied : SentPositions.None;
        bool isLost = tracker.IsLost(new ChannelLag(channel, applied, sent));
        if (!isLost && applied < sent)
        {
            return;
        }

        if (isLost)
        {
            Log.Resending(job.Logger, job.Name, channel.ToString(), applied, sent);
        }

        Acknowledgement word = new()
        {
            Job = job.Plan.Incarnation,
            Channel = channel,
            Applied = applied,
            AsksForRest = isLost,
        };
        await tasks
            .SignalAsync(from, channel.Upstream, DurableOperation.Acknowledge, AcknowledgementCodec.Encode(word), cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task<TaskCheckpoint> ReadAsync(
        Stage stage,
        int task,
        Dictionary<(string Stage, int Task), TaskCheckpoint> states,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        if (!states.TryGetValue((stage.Uid, task), out TaskCheckpoint? checkpoint))
        {
            checkpoint = await DurableTaskStatus.LoadAsync(job, stage, task, tasks, cancellationToken).ConfigureAwait(false);
            states.Add((stage.Uid, task), checkpoint);
        }

        return checkpoint;
    }
}
