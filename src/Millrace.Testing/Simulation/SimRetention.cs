using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Testing.Simulation;

/// <summary>What happens to logs and ledgers behind the job's back: records expire, writes of the store are lost.</summary>
internal sealed class SimRetention(SimWorld world)
{
    // Long enough for others to own the partition meanwhile.
    private const long Margin = 1_000;

    /// <summary>Deletes, some time later, what all tasks have applied by now and no savepoint needs.</summary>
    public void Expire(SimOperator savepoints)
    {
        if (world.ReadControl() is not { IsSuspended: false } control || savepoints.IsRestoring)
        {
            return;
        }

        for (int i = 0; i < world.Job.Partitions.Count; i++)
        {
            int partition = i;
            long begin = Math.Min(AppliedTo(control, i), savepoints.NeededFrom(i));
            if (begin > 0)
            {
                world.Scheduler.After(Margin, () => Expire(partition, begin));
            }
        }
    }

    /// <summary>Loses the last write of a ledger.</summary>
    public void SetLedgerBack()
    {
        if (world.ReadControl() is not { IsSuspended: false, Ledgers: not DurableControl.Moving } control)
        {
            return;
        }

        int partition = world.Random.Below(world.Job.Partitions.Count);
        string name = world.LedgerOf(control, partition);
        if (
            !DurableJobPlan.IsPlanned(SourceOf(partition))
            && world.LedgersOf(control).Before(name) is { } before
            && LedgerCodec.Decode(Checksums.Open(before, name)).Next >= world.Topic.BeginOf(partition)
        )
        {
            world.LedgersOf(control).SetBack(name);
            world.Trace.Add(null, $"the store loses the last write of {name}");
        }
    }

    private void Expire(int partition, long begin)
    {
        if (!world.IsTopicRecreated && world.ReadControl() is { } control && world.ReadLedger(control, partition) is { } ledger)
        {
            world.Topic.Expire(partition, Math.Min(begin, ledger.Next));
            world.Trace.Add(null, $"partition {partition} begins at {world.Topic.BeginOf(partition)} now");
        }
    }

    private Stage SourceOf(int partition) => world.Job.Plan.Sources.First(stage => stage.Uid == world.Job.Partitions[partition].Source);

    private long AppliedTo(DurableControl control, int partition)
    {
        if (world.ReadLedger(control, partition) is not { } ledger)
        {
            return 0;
        }

        long to = ledger.Next;
        int upstream = world.Job.UpstreamOf(control, world.Job.Partitions[partition]);
        foreach (StreamEdge edge in SourceOf(partition).OutputEdges)
        {
            Stage target = world.Job.Plan.Graph.StageOf(edge.To);
            for (int task = 0; task < target.Parallelism; task++)
            {
                ChannelId channel = new(edge.NameIn(world.Job.Plan.Graph), upstream, task);
                long applied = world.Inspect(control, target, task).Channels.TryGetValue(channel, out ChannelReceiver? end)
                    ? end.Applied
                    : SentPositions.None;
                if (!world.Guards.HasFlag(ProtocolGuards.QuietChannel) && applied >= ledger.Sent[channel])
                {
                    // Ticks come every few seconds and records live for days, so by now a task would have been told.
                    applied = ledger.Next - 1;
                }

                to = Math.Min(to, Math.Max(applied + 1, ledger.First));
            }
        }

        return to;
    }
}
