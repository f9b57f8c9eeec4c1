using System.Buffers;
using System.IO.Hashing;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Operators.Connectors;
using Millrace.Serialization;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Stops a job with a savepoint, the same bytes as the embedded host's.
/// <code>
/// suspend, take every partition over -> settle: what was sent is applied and sent on -> [end time, settle] -> freeze every task
///   -> take every partition over again -> settled still? write parts and manifest : thaw and settle on
/// </code>
/// Frozen tasks apply nothing that was on its way: a start from the savepoint brings it again.
/// </summary>
internal sealed class DurableSavepoints(
    DurableJob job,
    JobTopics topics,
    JobSuspension suspension,
    RestoredState restored,
    DurableSourceHost sources,
    DurableTicker ticker
)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private const string StaysSuspended = "It stays suspended; try again, or resume it.";

    // Nobody waits for it to end, so it may take as long as a write to the store may.
    private static readonly TimeSpan ResumeTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Takes a savepoint. Afterwards the job is suspended, or goes on.</summary>
    /// <param name="name">Its name; <see langword="null"/> = its number.</param>
    /// <param name="end">What becomes of the job.</param>
    /// <param name="timeout">How long to wait until the job has settled.</param>
    /// <param name="tasks">The way to the tasks.</param>
    /// <param name="cancellationToken">Ends the wait; the job stays suspended, or goes on where it was to.</param>
    /// <returns>The savepoint's path.</returns>
    /// <exception cref="SavepointUnderWayException">Another one is being taken, by this or another process.</exception>
    /// <exception cref="TimeoutException">The job has not settled.</exception>
    /// <exception cref="InvalidOperationException">There is a savepoint of that name; the job was left alone.</exception>
    public async Task<string> TakeAsync(
        string? name,
        SavepointEnd end,
        TimeSpan timeout,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        await ThrowIfTakenAsync(name, cancellationToken).ConfigureAwait(false);
        SavepointTurn turn = await SavepointTurn.TakeAsync(job, suspension, cancellationToken).ConfigureAwait(false);
        await using (turn.ConfigureAwait(false))
        {
            return await TakeAsync(turn, name, end, timeout, tasks, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Lets a suspended job go on. Its tasks hear of it now, or with the next tick.</summary>
    /// <exception cref="JobDrainedException">Its time has ended.</exception>
    public async Task ResumeAsync(IDurableTasks? tasks, CancellationToken cancellationToken)
    {
        DurableControl resumed = await job
            .Controls.ChangeAsync(
                control =>
                    control!.IsDrained && job.Services.Protocol.Has(ProtocolGuards.DrainIsFinal) ? throw new JobDrainedException(job.Name)
                    : control.IsSuspended ? control with { IsSuspended = false, Failure = null, Restoring = null, StoppedWith = null }
                    : control,
                cancellationToken
            )
            .ConfigureAwait(false);
        if (tasks is not null)
        {
            await ThawAsync(resumed.Freezes, tasks, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<string> TakeAsync(
        SavepointTurn turn,
        string? name,
        SavepointEnd end,
        TimeSpan timeout,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, turn.Lost);
        try
        {
            // What was on its way when the job was stopped with a savepoint comes again after a start from it: it must have no effect here.
            bool staysFrozen = end != SavepointEnd.Drain && turn.Control.StoppedWith is { Count: > 0 };
            Settling settling = new(timeout, job.Services, tasks) { StaysFrozen = staysFrozen };
            string path = await StopAsync(name, end == SavepointEnd.Drain, settling, both.Token).ConfigureAwait(false);
            await turn.ChangeAsync(control => control with { StoppedWith = [.. control.StoppedWith ?? [], path] }, both.Token)
                .ConfigureAwait(false);
            if (end == SavepointEnd.Resume)
            {
                await ResumeAsync(tasks, both.Token).ConfigureAwait(false);
            }

            return path;
        }
        catch (OperationCanceledException exception) when (turn.Lost.IsCancellationRequested)
        {
            throw new JobFencedException(
                $"Job '{job.Name}': this savepoint was given up, because for {SavepointTurn.Length.TotalSeconds:0} s the store "
                    + "did not take the word that it is being taken, or another process takes one by now. Look at GET jobs/{job}, then try "
                    + "again, or resume the job.",
                exception
            );
        }
        catch (TimeoutException exception)
        {
            string fate = end == SavepointEnd.Resume ? await ResumeAfterAllAsync(tasks).ConfigureAwait(false) : StaysSuspended;
            throw new TimeoutException($"{exception.Message} {fate}", exception);
        }
        catch (Exception exception) when (end == SavepointEnd.Resume && exception is not OutOfMemoryException)
        {
            await ResumeAfterAllAsync(tasks).ConfigureAwait(false);
            throw;
        }
    }

    private async Task ThrowIfTakenAsync(string? name, CancellationToken cancellationToken)
    {
        string folder = CheckpointCatalog.FolderOf(job.Name);
        CheckpointLocation location = CheckpointLocation.OfSavepoint(folder, checkpointId: 0, epoch: 0, name);
        if (name is not null && await job.Store.GetAsync(location.ManifestName, cancellationToken).ConfigureAwait(false) is not null)
        {
            throw new InvalidOperationException(
                $"{location.Kind} '{location.Folder}' of job '{job.Name}' exists already and is not overwritten; choose another "
                    + "name or delete it. The job was not stopped."
            );
        }
    }

    // Whatever the savepoint has failed with, its caller wanted the job to go on.
    private async Task<string> ResumeAfterAllAsync(IDurableTasks tasks)
    {
        using CancellationTokenSource limit = new(ResumeTimeout, job.Services.Time);
        try
        {
            await ResumeAsync(tasks, limit.Token).ConfigureAwait(false);
            return "It goes on without one.";
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.NotResumed(job.Logger, exception, job.Name);
            return $"It could not be resumed either ({exception.Message}). {StaysSuspended}";
        }
    }

    // What fails on the way may pass: as long as there is time it is tried again.
    private async Task<string> StopAsync(string? name, bool drain, Settling settling, CancellationToken cancellationToken)
    {
        // An attempt that failed may have left frozen tasks.
        (bool isFenced, bool isTold, bool mustThaw) = (false, false, !settling.StaysFrozen);
        while (true)
        {
            string why = "";
            DurableCut? frozen = null;
            try
            {
                if (mustThaw)
                {
                    DurableControl? control = await job.Controls.ReadAsync(cancellationToken).ConfigureAwait(false);
                    await ThawAsync(control!.Freezes, settling.Tasks, cancellationToken).ConfigureAwait(false);
                    mustThaw = false;
                }

                DurableCut cut = await ReadAsync(
                        !isFenced,
                        isWhole: !job.Services.Protocol.Has(ProtocolGuards.Freeze),
                        settling.Tasks,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                isFenced = true;
                if (!cut.IsConsistent(out why))
                {
                    await HelpAsync(cut, settling.Tasks, cancellationToken).ConfigureAwait(false);
                }
                else if (drain && !cut.IsDrained)
                {
                    if (!isTold)
                    {
                        await EndTimeAsync(cut, settling.Tasks, cancellationToken).ConfigureAwait(false);
                        isTold = true;
                    }

                    why = "time has not ended at every task";
                }
                else
                {
                    frozen = job.Services.Protocol.Has(ProtocolGuards.Freeze)
                        ? await FreezeAsync(settling, cancellationToken).ConfigureAwait(false)
                        : cut;
                }
            }
            catch (Exception exception) when (MayPass(exception, cancellationToken))
            {
                // Some tasks may stand still: what they lack has to reach them before they do so again.
                (why, mustThaw) = (exception.Message, !settling.StaysFrozen);
            }

            if (frozen is not null)
            {
                return await WriteAsync(name, frozen, cancellationToken).ConfigureAwait(false);
            }

            await settling.WaitAsync(job.Name, why, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool MayPass(Exception exception, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested
        && exception
            is not (
                OutOfMemoryException
                or TimeoutException
                or JobFencedException
                or InvalidOperationException
                or ArgumentException
                or InvalidDataException
            )
        && RestartSuppression.Find(exception) is null;

    // What was on its way when the job settled may come now: before the freeze it moves the job, and then the savepoint has to be later.
    private async Task<DurableCut?> FreezeAsync(Settling settling, CancellationToken cancellationToken)
    {
        DurableControl control = await job
            .Controls.ChangeAsync(found => found! with { Freezes = found.Freezes + 1 }, cancellationToken)
            .ConfigureAwait(false);
        byte[] number = FreezeCodec.Encode(control.Freezes);
        await DurableJob
            .SignalAllAsync(job.Plan.KeyedStages, DurableOperation.Freeze, number, settling.Tasks, cancellationToken)
            .ConfigureAwait(false);
        while (true)
        {
            (Stage Stage, int Task, TaskCheckpoint State)[] all = await DurableTaskStatus
                .LoadAllAsync(job, settling.Tasks, cancellationToken)
                .ConfigureAwait(false);
            int moving = Array.FindIndex(all, each => !each.State.IsFrozen || each.State.FreezeNumber != control.Freezes);
            if (moving < 0)
            {
                break;
            }

            await settling
                .WaitAsync(job.Name, $"task {all[moving].Stage.Uid}/{all[moving].Task} has not stood still yet", cancellationToken)
                .ConfigureAwait(false);
        }

        DurableCut frozen = await ReadAsync(fence: true, isWhole: true, settling.Tasks, cancellationToken).ConfigureAwait(false);
        if (frozen.IsConsistent(out _))
        {
            return frozen;
        }

        if (!settling.StaysFrozen)
        {
            await ThawAsync(control.Freezes, settling.Tasks, cancellationToken).ConfigureAwait(false);
        }

        return null;
    }

    private Task ThawAsync(int freezes, IDurableTasks tasks, CancellationToken cancellationToken) =>
        freezes == 0
            ? Task.CompletedTask
            : DurableJob.SignalAllAsync(job.Plan.KeyedStages, DurableOperation.Thaw, FreezeCodec.Encode(freezes), tasks, cancellationToken);

    private async Task<DurableCut> ReadAsync(bool fence, bool isWhole, IDurableTasks tasks, CancellationToken cancellationToken)
    {
        DurableCut cut = new(job);
        foreach (Stage source in job.Plan.Sources)
        {
            foreach (PartitionStatus status in await ticker.ReadAsync(source, cancellationToken).ConfigureAwait(false))
            {
                // A partition that no trigger has reached counts too: the tasks have been told of it, so time cannot end without it, and a
                // restore must not choose its start anew.
                LedgerState? state = fence
                    ? await job
                        .Ledgers.FenceAsync(
                            job.LedgerOf(source, status.Upstream),
                            token => topics.FindStartAsync(source, status.Upstream, token),
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
                cut.Add(stage, task, await tasks.ReadStateAsync(stage, task, isWhole, cancellationToken).ConfigureAwait(false));
            }
        }

        return cut;
    }

    private async Task HelpAsync(DurableCut cut, IDurableTasks tasks, CancellationToken cancellationToken)
    {
        foreach ((Stage source, int upstream, long to) in cut.Behind())
        {
            await sources.CompleteSuspendedAsync(source, upstream, to, tasks, cancellationToken).ConfigureAwait(false);
        }

        // What was sent last and has not come: only a tick could tell a task of it.
        foreach (Stage source in job.Plan.Sources)
        {
            PartitionStatus[] statuses = StatusesOf(source, cut);
            long[] watermarks = [.. statuses.Select(status => status.Ledger!.Watermark)];
            await ticker.TellAsync(source, statuses, watermarks, freezeNumber: 0, tasks, cancellationToken).ConfigureAwait(false);
        }

        await ticker.RepairInnerChannelsOfSuspendedAsync(tasks, cancellationToken).ConfigureAwait(false);
        await DurableJob.SignalAllAsync(job.Plan.KeyedStages, DurableOperation.Flush, [], tasks, cancellationToken).ConfigureAwait(false);
    }

    private static PartitionStatus[] StatusesOf(Stage source, DurableCut cut) =>
        [.. cut.LedgersOf(source).Select(entry => new PartitionStatus(source.Uid, entry.Upstream, entry.Ledger, LastRecord: -1))];

    private async Task EndTimeAsync(DurableCut cut, IDurableTasks tasks, CancellationToken cancellationToken)
    {
        // First the word: whoever finds a task whose time has ended must know that the job cannot go on.
        await job.Controls.ChangeAsync(control => control! with { IsDrained = true }, cancellationToken).ConfigureAwait(false);
        foreach (Stage source in job.Plan.Sources)
        {
            PartitionStatus[] statuses = StatusesOf(source, cut);
            long[] watermarks = [.. statuses.Select(_ => long.MaxValue)];
            await ticker.TellAsync(source, statuses, watermarks, freezeNumber: 0, tasks, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<string> WriteAsync(string? name, DurableCut cut, CancellationToken cancellationToken)
    {
        using CheckpointStorage storage = new(job.Store, job.Name, retained: 1, job.Services.Time, job.Logger);
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
                        await storage.WritePartAsync(location, stage.Uid, 0, splits, cancellationToken).ConfigureAwait(false)
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
        Log.SavepointCompleted(job.Logger, job.Name, completed.Folder);
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
                    (string topic, int partition) = job.Plan.PartitionOf(source, entry.Upstream);
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
        (ReadOnlyMemory<byte> content, IReadOnlyList<ReadOnlyMemory<byte>> parts) = cut.StateOf(stage, task);
        bool hasState = cut.HasState(stage, task);
        if (!hasState || parts.Count > 0)
        {
            // A task that nothing has reached yet: its state is that of the savepoint it came from, or none. And what is in parts is made
            // whole: a savepoint goes everywhere.
            DataWriter writer = new();
            using DurableTaskLogic logic = await restored.CreateLogicAsync(stage, task, hasState, cancellationToken).ConfigureAwait(false);
            if (hasState)
            {
                logic.Restore(content, parts);
            }

            logic.Snapshot(writer, int.MaxValue);
            content = writer.WrittenMemory;
        }

        string name = location.PartName(stage.Uid, task);
        await job
            .Store.PutAsync($"{location.Folder}/{name}", new ReadOnlySequence<byte>(content), PutCondition.None, cancellationToken)
            .ConfigureAwait(false);
        return new CheckpointPart(task, name, content.Length, Checksums.TextOf(XxHash3.HashToUInt64(content.Span)), HasOperatorState: true);
    }

    // How long a savepoint may take.
    private sealed class Settling(TimeSpan timeout, DurableServices services, IDurableTasks tasks)
    {
        private readonly long _start = services.Time.GetTimestamp();
        private TimeSpan _pause = FirstPause;

        public IDurableTasks Tasks => tasks;

        /// <summary>Whether tasks stand still already and have to go on doing so.</summary>
        public bool StaysFrozen { get; init; }

        public async Task WaitAsync(string jobName, string why, CancellationToken cancellationToken)
        {
            if (services.Time.GetElapsedTime(_start) > timeout)
            {
                throw new TimeoutException($"Job '{jobName}' has not settled within {timeout}: {why}.");
            }

            await services.Execution.DelayAsync(_pause, services.Time, cancellationToken).ConfigureAwait(false);
            _pause = _pause * 1.2 < LongestPause ? _pause * 1.2 : LongestPause;
        }
    }
}

/// <summary>A job cannot go on, because its time has ended.</summary>
internal sealed class JobDrainedException(string job)
    : InvalidOperationException(
        $"Job '{job}' was drained: its time has ended, and all that came now would be late. Start it from a savepoint that was taken "
            + $"before, with the setting Millrace:{job}:RestoreFrom."
    );

/// <summary>What becomes of a job when its savepoint is complete.</summary>
internal enum SavepointEnd
{
    /// <summary>It stays suspended.</summary>
    Suspend,

    /// <summary>Its time ends before the savepoint, so that all windows close. It cannot go on afterwards.</summary>
    Drain,

    /// <summary>It goes on, with or without the savepoint.</summary>
    Resume,
}
