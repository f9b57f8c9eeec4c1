using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;
using Millrace.Graph;

namespace Millrace.Runtime;

/// <summary>
/// Checkpoints of one run, one at a time: barriers are injected at the sources, every task's part is stored as it comes, the manifest is
/// stored last, then the tasks are told (Chandy and Lamport's algorithm as Flink runs it: Carbone et al., "Lightweight Asynchronous
/// Snapshots for Distributed Dataflows").
/// </summary>
internal sealed class CheckpointCoordinator(
    JobGraph graph,
    ExecutionOptions options,
    TimeProvider time,
    ILogger log,
    CheckpointStorage storage,
    TaskGraph tasks,
    RestoredTasks restored,
    CheckpointStatistics statistics,
    long lastId,
    Func<JobEvent, bool> post,
    CancellationToken cancellationToken
) : IDisposable
{
    private readonly Queue<SavepointRequest> _requests = new();

    // The parts of each task in the last complete checkpoint, where later ones may build on them.
    private readonly Dictionary<TaskId, IReadOnlyList<CheckpointPart>> _chains = tasks.Tasks.ToDictionary(
        static task => task.Id,
        task =>
            (IReadOnlyList<CheckpointPart>)[.. restored.PartsToBuildOn(task.Stage.Stage, task.Id.Index).Select(static each => each.Part)]
    );
    private PendingCheckpoint? _pending;
    private ITimer? _schedule;
    private long _lastId = lastId;
    private int _failuresInARow;
    private (SavepointRequest Request, string Location)? _stop;
    private bool _started;
    private bool _finalWanted;
    private bool _ended;

    /// <summary>Whether the run ends because of a stop with savepoint rather than the end of input.</summary>
    public bool StopRequested { get; private set; }

    /// <summary>The sources have their splits: from now on there is something to take a checkpoint of.</summary>
    public void Start()
    {
        _started = true;
        Schedule(options.CheckpointInterval);
        TriggerNext();
    }

    /// <summary>All tasks have stopped, with everything committed: a stop with savepoint has succeeded.</summary>
    public void ReportStopped()
    {
        _stop?.Request.Complete(_stop.Value.Location);
        _stop = null;
    }

    /// <summary>All input has been processed: one last checkpoint commits everything.</summary>
    public void TriggerFinal()
    {
        _finalWanted = true;
        TriggerNext();
    }

    /// <summary>Reacts to an event of a checkpoint. Returns whether the run is to end now.</summary>
    public bool React(JobEvent happened)
    {
        switch (happened)
        {
            case JobEvent.CheckpointDue:
                if (_pending is null && !_ended && !_finalWanted)
                {
                    Trigger(request: null, isFinal: false);
                }

                break;
            case JobEvent.SavepointRequested requested:
                _requests.Enqueue(requested.Request);
                TriggerNext();
                break;
            case JobEvent.SavepointCancelled cancelled
                when _pending is { IsStoring: false } unwanted && unwanted.Request == cancelled.Request:
                GiveUp(new OperationCanceledException(cancelled.CancellationToken));
                Schedule(options.CheckpointInterval);
                TriggerNext();
                break;
            case JobEvent.TaskSnapshotTaken taken:
                StorePart(taken);
                break;
            case JobEvent.PartStored stored:
                OnPartStored(stored);
                break;
            case JobEvent.CheckpointStored stored:
                return OnStored(stored);
            case JobEvent.CheckpointExpired expired when _pending is { IsStoring: false } late && late.Id == expired.CheckpointId:
                Fail(
                    new TimeoutException(
                        $"Checkpoint {expired.CheckpointId} was not complete after {options.CheckpointTimeout}; raise CheckpointTimeout or "
                            + "find the slow task."
                    )
                );
                break;
        }

        return false;
    }

    public void Dispose()
    {
        _schedule?.Dispose();
        _pending?.Expiry?.Dispose();
        Exception ended = new InvalidOperationException($"Job '{graph.Name}' ended before the savepoint was complete.");
        _pending?.Request?.Fail(ended);
        _stop?.Request.Fail(
            new InvalidOperationException(
                $"Job '{graph.Name}' failed while it stopped, after savepoint '{_stop.Value.Location}' was complete; it goes on as its "
                    + "restart strategy says, so stop it again or cancel it."
            )
        );
        foreach (SavepointRequest request in _requests)
        {
            request.Fail(ended);
        }
    }

    private void Schedule(TimeSpan? delay)
    {
        _schedule?.Dispose();
        _schedule =
            delay is { } due && !_ended
                ? time.CreateTimer(_ => post(new JobEvent.CheckpointDue()), null, due, Timeout.InfiniteTimeSpan)
                : null;
    }

    private void TriggerNext()
    {
        if (!_started || _pending is not null || _ended)
        {
            return;
        }

        while (_requests.TryDequeue(out SavepointRequest? request))
        {
            if (request.TryBegin())
            {
                Trigger(request, isFinal: false);
                return;
            }
        }

        if (_finalWanted)
        {
            Trigger(request: null, isFinal: true);
        }
    }

    private void Trigger(SavepointRequest? request, bool isFinal)
    {
        long id = ++_lastId;
        CheckpointLocation location = storage.Locate(
            id,
            request is null ? CheckpointKind.Checkpoint : CheckpointKind.Savepoint,
            request?.Target
        );
        _pending = new PendingCheckpoint(location, isFinal, time.GetTimestamp(), tasks.Tasks.Count)
        {
            Request = request,
            Expiry = time.CreateTimer(
                _ => post(new JobEvent.CheckpointExpired(id)),
                null,
                options.CheckpointTimeout,
                Timeout.InfiniteTimeSpan
            ),
        };
        PostToSources(
            new TaskCommand.TriggerCheckpoint(new CheckpointBarrier(id, IsSelfContained: request is not null), _pending.StopAfterwards)
        );
    }

    private void PostToSources(TaskCommand command)
    {
        foreach (StreamTask task in tasks.Tasks.Where(task => task is SourceTask))
        {
            task.Gate.Post(command);
        }
    }

    private void StorePart(JobEvent.TaskSnapshotTaken taken)
    {
        if (_pending?.Id != taken.CheckpointId)
        {
            // The checkpoint was given up meanwhile.
            taken.Snapshot.Dispose();
            return;
        }

        _ = StorePartAsync(taken, _pending.Location);
    }

    private async Task StorePartAsync(JobEvent.TaskSnapshotTaken taken, CheckpointLocation location)
    {
        using TaskSnapshot snapshot = taken.Snapshot;
        try
        {
            IReadOnlyList<CheckpointPart> parts = await storage
                .WritePartAsync(location, taken.Task.StageUid, taken.Task.Index, snapshot, cancellationToken)
                .ConfigureAwait(false);
            post(new JobEvent.PartStored(taken.Task, taken.CheckpointId, parts, snapshot.Keeps, Failure: null, taken.StartedTimestamp));
        }
#pragma warning disable CA1031 // Whatever went wrong, the checkpoint fails and the coordinator decides.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            post(new JobEvent.PartStored(taken.Task, taken.CheckpointId, Parts: [], Keeps: 0, failure, taken.StartedTimestamp));
        }
    }

    private void OnPartStored(JobEvent.PartStored stored)
    {
        if (_pending is not { } pending || pending.Id != stored.CheckpointId)
        {
            return;
        }

        if (stored.Failure is { } failure)
        {
            Fail(failure);
            return;
        }

        pending.Parts[stored.Task] = stored.Keeps == 0 ? stored.Parts : [.. _chains[stored.Task].TakeLast(stored.Keeps), .. stored.Parts];
        pending.Size += stored.Parts.Sum(part => part.Size);
        pending.Writing.Add((stored.StartedTimestamp, time.GetTimestamp()));
        if (pending.HasAllParts && !pending.IsStoring)
        {
            pending.IsStoring = true;
            pending.StoringTimestamp = time.GetTimestamp();
            _ = StoreManifestAsync(pending);
        }
    }

    private async Task StoreManifestAsync(PendingCheckpoint pending)
    {
        try
        {
            using CancellationTokenSource timeout = new(options.CheckpointTimeout, time);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
            CompletedCheckpoint completed = await storage
                .CompleteAsync(pending.Location, graph.MaxParallelism, CheckpointManifests.StagesOf(graph, pending), either.Token)
                .ConfigureAwait(false);
            post(new JobEvent.CheckpointStored(pending.Id, completed.Folder, Failure: null));
        }
#pragma warning disable CA1031 // Whatever went wrong, the checkpoint fails and the coordinator decides.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            post(new JobEvent.CheckpointStored(pending.Id, Location: null, failure));
        }
    }

    private bool OnStored(JobEvent.CheckpointStored stored)
    {
        if (_pending is not { } pending || pending.Id != stored.CheckpointId)
        {
            return false;
        }

        if (stored.Location is null)
        {
            if (stored.Failure is JobFencedException fenced)
            {
                throw new JobFencedException(fenced.Message, fenced);
            }

            Fail(stored.Failure!);
            return false;
        }

        _failuresInARow = 0;
        _pending = null;
        foreach ((TaskId task, IReadOnlyList<CheckpointPart> parts) in pending.Request is null ? pending.Parts : [])
        {
            _chains[task] =
            [
                .. parts.Select(part => part with { Folder = part.Folder ?? pending.Location.Folder, HasOperatorState = false }),
            ];
        }

        pending.Expiry?.Dispose();
        long now = time.GetTimestamp();
        pending.Writing.Add((pending.StoringTimestamp, now));
        TimeSpan duration = time.GetElapsedTime(pending.StartedTimestamp, now);
        long size = pending.Size;
        statistics.Completed(pending.Id, time.GetUtcNow(), size, duration);
        Log.CheckpointCompleted(log, graph.Name, pending.Id, size, duration.TotalMilliseconds);
        foreach (StreamTask task in tasks.Tasks)
        {
            task.Gate.Post(new TaskCommand.CheckpointComplete(pending.Id));
        }

        if (pending.StopAfterwards)
        {
            _stop = (pending.Request!, stored.Location);
        }
        else
        {
            pending.Request?.Complete(stored.Location);
        }

        if (pending.IsFinal || pending.StopAfterwards)
        {
            StopRequested = pending.StopAfterwards && !pending.IsFinal;
            _ended = true;
            return true;
        }

        Schedule(PauseAfter(duration, pending.WritingTime(time)));
        TriggerNext();
        return false;
    }

    private void Fail(Exception failure)
    {
        PendingCheckpoint pending = GiveUp(failure);
        statistics.Failed();
        Log.CheckpointFailed(log, failure, graph.Name, pending.Id);
        if (++_failuresInARow > options.TolerableFailedCheckpoints)
        {
            throw new TaskFailureException(
                $"{_failuresInARow} checkpoints in a row failed, {options.TolerableFailedCheckpoints} are tolerated "
                    + $"(TolerableFailedCheckpoints); the last: {failure.Message}",
                failure
            );
        }

        Schedule(options.CheckpointInterval);
        TriggerNext();
    }

    private PendingCheckpoint GiveUp(Exception reason)
    {
        PendingCheckpoint pending = _pending!;
        _pending = null;
        pending.Expiry?.Dispose();
        if (!pending.IsStoring)
        {
            _ = storage.AbortAsync(pending.Location, cancellationToken);
        }

        pending.Request?.Fail(reason);
        if (pending.StopAfterwards)
        {
            PostToSources(new TaskCommand.Resume());
        }

        return pending;
    }

    /// <summary>
    /// The rest of the interval, but at least as long as the checkpoint's state was written: a job whose state has grown large spends half
    /// of its time on checkpoints, not all of it. What a checkpoint waited for - a sink's broker, a slow task - costs nothing, and does not
    /// put off the next one.
    /// </summary>
    private TimeSpan? PauseAfter(TimeSpan duration, TimeSpan writing) =>
        options.CheckpointInterval is { } interval
            ? new[] { interval - duration, writing, options.MinPauseBetweenCheckpoints }.Max()
            : null;
}
