using System.Buffers;
using System.IO.Hashing;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Graph;
using Millrace.Ledger;
using Millrace.Operators.Connectors;
using Millrace.Serialization;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Stops a job with a savepoint, the same bytes as the embedded host's: suspends it, takes every partition over so that no process goes on
/// reading, waits until what was sent is applied and sent on, and writes the parts and the manifest.
/// </summary>
internal sealed class DurableSavepoints(DurableJobHost job)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Takes a savepoint and leaves the job suspended.</summary>
    /// <param name="name">Its name; <see langword="null"/> = its number.</param>
    /// <param name="drain">Whether time ends first, so that all windows close. The state is of no use afterwards.</param>
    /// <param name="timeout">How long to wait until the job has settled.</param>
    /// <param name="tasks">The way to the tasks.</param>
    /// <param name="cancellationToken">Ends the wait; the job stays suspended.</param>
    /// <returns>The savepoint's path.</returns>
    public async Task<string> StopAsync(
        string? name,
        bool drain,
        TimeSpan timeout,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        await job.Controls.ChangeAsync(control => control! with { IsSuspended = true }, cancellationToken).ConfigureAwait(false);
        long start = job.Services.Time.GetTimestamp();
        bool isTold = false;
        for (bool fence = true; ; fence = false)
        {
            DurableCut cut = await ReadAsync(fence, tasks, cancellationToken).ConfigureAwait(false);
            if (cut.IsConsistent(out string why))
            {
                if (!drain || cut.IsDrained)
                {
                    return await WriteAsync(name, cut, cancellationToken).ConfigureAwait(false);
                }

                if (!isTold)
                {
                    await EndTimeAsync(cut, tasks, cancellationToken).ConfigureAwait(false);
                    isTold = true;
                }
            }
            else
            {
                await HelpAsync(cut, tasks, cancellationToken).ConfigureAwait(false);
            }

            if (job.Services.Time.GetElapsedTime(start) > timeout)
            {
                throw new TimeoutException(
                    $"Job '{job.Plan.Graph.Name}' has not settled within {timeout}: "
                        + $"{(why.Length > 0 ? why : "time has not ended at every task")}. It stays suspended; try again, or resume it."
                );
            }

            await Task.Delay(PollInterval, job.Services.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Lets a suspended job go on.</summary>
    public Task ResumeAsync(CancellationToken cancellationToken) =>
        job.Controls.ChangeAsync(
            control => control!.IsSuspended ? control with { IsSuspended = false, Failure = null } : control,
            cancellationToken
        );

    private async Task<DurableCut> ReadAsync(bool fence, IDurableTasks tasks, CancellationToken cancellationToken)
    {
        DurableCut cut = new(job);
        foreach (Stage source in job.Plan.Sources)
        {
            foreach (PartitionStatus status in await job.Ticker.ReadAsync(source, cancellationToken).ConfigureAwait(false))
            {
                // A partition that no trigger has reached counts too: the tasks have been told of it, so time cannot end without it, and a
                // restore must not choose its start anew.
                LedgerState? state = fence
                    ? await job
                        .Ledgers.FenceAsync(
                            job.LedgerOf(source, status.Upstream),
                            token => job.FindStartAsync(source, status.Upstream, token),
                            cancellationToken
                        )
                        .ConfigureAwait(false)
                    : status.Ledger;
                if (state is not null)
                {
                    cut.Add(source, status.Upstream, state);
                }
            }
        }

        foreach (Stage stage in job.Plan.KeyedStages)
        {
            for (int task = 0; task < stage.Parallelism; task++)
            {
                cut.Add(stage, task, await tasks.ReadStateAsync(stage, task, cancellationToken).ConfigureAwait(false));
            }
        }

        return cut;
    }

    private async Task HelpAsync(DurableCut cut, IDurableTasks tasks, CancellationToken cancellationToken)
    {
        foreach ((Stage source, int upstream, long to) in cut.Behind())
        {
            await job.Sources.CompleteSuspendedAsync(source, upstream, to, tasks, cancellationToken).ConfigureAwait(false);
        }

        await job.Ticker.RepairChannelsAsync(tasks, cancellationToken).ConfigureAwait(false);
        foreach (Stage stage in job.Plan.KeyedStages)
        {
            for (int task = 0; task < stage.Parallelism; task++)
            {
                await tasks.SignalAsync(stage, task, DurableOperation.Flush, [], cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task EndTimeAsync(DurableCut cut, IDurableTasks tasks, CancellationToken cancellationToken)
    {
        foreach (Stage source in job.Plan.Sources)
        {
            PartitionStatus[] statuses =
            [
                .. cut.LedgersOf(source).Select(entry => new PartitionStatus(source.Uid, entry.Upstream, entry.Ledger, LastRecord: -1)),
            ];
            await job
                .Ticker.TellAsync(source, statuses, [.. statuses.Select(_ => long.MaxValue)], tasks, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private async Task<string> WriteAsync(string? name, DurableCut cut, CancellationToken cancellationToken)
    {
        using CheckpointStorage storage = new(job.Store, job.Plan.Graph.Name, retained: 1, job.Services.Time, job.Logger);
        await storage.AcquireAsync(forgetCheckpoints: false, cancellationToken).ConfigureAwait(false);
        CheckpointLocation location = storage.Locate(storage.LastCheckpointId + 1, CheckpointKind.Savepoint, name);
        List<CheckpointStage> stages = [];
        foreach (Stage stage in job.Plan.Graph.Stages)
        {
            string[] operators = [.. stage.Nodes.Select(job.Plan.Graph.UidOf)];
            if (stage.IsSource)
            {
                using TaskSnapshot splits = SplitsOf(stage, cut);
                stages.Add(
                    new CheckpointStage(
                        stage.Uid,
                        1,
                        operators,
                        [await storage.WritePartAsync(location, stage.Uid, 0, splits, cancellationToken).ConfigureAwait(false)]
                    )
                );
                continue;
            }

            List<CheckpointPart> parts = [];
            for (int task = 0; task < stage.Parallelism; task++)
            {
                parts.Add(await WritePartAsync(location, stage, task, cut, cancellationToken).ConfigureAwait(false));
            }

            stages.Add(new CheckpointStage(stage.Uid, stage.Parallelism, operators, parts));
        }

        CompletedCheckpoint completed = await storage
            .CompleteAsync(location, job.Plan.Graph.MaxParallelism, stages, cancellationToken)
            .ConfigureAwait(false);
        Log.SavepointCompleted(job.Logger, job.Plan.Graph.Name, completed.Folder);
        return completed.Folder;
    }

    private TaskSnapshot SplitsOf(Stage source, DurableCut cut)
    {
        IRawRecordSource raw = DurableJobPlan.SourceOf(source);
        using TaskSnapshotWriter writer = new();
        SourceSnapshot.Write(
            writer.Operator(source.Uid),
            cut.LedgersOf(source)
                .Select(entry =>
                {
                    (string topic, int partition) = job.PartitionOf(source, entry.Upstream);
                    return new RestoredSplit(
                        raw.SplitAt(new RawPosition(topic, partition, entry.Ledger.Next) { TopicId = entry.Ledger.TopicId }),
                        entry.Ledger.Watermark,
                        IsFinished: false
                    );
                })
        );
        return writer.Complete();
    }

    private async Task<CheckpointPart> WritePartAsync(
        CheckpointLocation location,
        Stage stage,
        int task,
        DurableCut cut,
        CancellationToken cancellationToken
    )
    {
        ReadOnlyMemory<byte> content = cut.StateOf(stage, task);
        if (!cut.HasState(stage, task))
        {
            // A task that nothing has reached yet: its state is that of the savepoint it came from, or none.
            DataWriter writer = new();
            using DurableTaskLogic logic = await job.CreateLogicAsync(stage, task, hasState: false, cancellationToken)
                .ConfigureAwait(false);
            logic.Snapshot(writer);
            content = writer.WrittenMemory;
        }

        string name = location.PartName(stage.Uid, task);
        await job
            .Store.PutAsync($"{location.Folder}/{name}", new ReadOnlySequence<byte>(content), PutCondition.None, cancellationToken)
            .ConfigureAwait(false);
        return new CheckpointPart(task, name, content.Length, Checksums.TextOf(XxHash3.HashToUInt64(content.Span)), HasOperatorState: true);
    }
}
