using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;
using Millrace.Graph;

namespace Millrace.Runtime;

/// <summary>
/// One attempt to run a job: starts a thread per task, hands out splits, coordinates checkpoints, ends when all input is processed and
/// committed, when it is stopped, or with the first failure. Reacts to one event at a time.
/// <code>
/// Opening (all tasks open) -> Running -> Finishing (last checkpoint) -> Stopping -> ended
/// </code>
/// </summary>
internal sealed class JobRun : ITaskListener, IAsyncDisposable
{
    private static readonly TimeSpan EndWarning = TimeSpan.FromSeconds(30);
    private readonly JobGraph _graph;
    private readonly ExecutionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _log;
    private readonly Channel<JobEvent> _events = Channel.CreateUnbounded<JobEvent>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _cancellation;
    private readonly TaskGraph _tasks;
    private readonly List<(StreamTask Task, Task Ended)> _threads = [];
    private readonly SplitAssigner _splits;
    private readonly OriginalReader? _originals;
    private readonly CheckpointCoordinator _checkpoints;
    private readonly HashSet<TaskId> _finished = [];
    private readonly RestoreProgress _restoring;
    private readonly RestoredTasks _restored;
    private int _opened;
    private int _stopped;
    private bool _stopping;
    private Exception? _failure;

    public JobRun(
        JobGraph graph,
        ExecutionOptions options,
        TimeProvider time,
        ILoggerFactory loggers,
        CheckpointStorage storage,
        RestoredTasks restored,
        CheckpointStatistics statistics,
        CancellationToken cancellationToken
    )
    {
        _graph = graph;
        _options = options;
        _time = time;
        _loggers = loggers;
        _log = loggers.CreateLogger("Millrace.Runtime");
        (_restoring, _restored) = (storage.Restoring, restored);
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TaskSettings settings = new(graph.Name, graph.MaxParallelism, options, time, loggers, this, restored, _cancellation.Token)
        {
            Originals = _originals = graph.ErrorPolicy.DeadLetters is null ? null : new OriginalReader(graph, time, loggers),
        };
        try
        {
            _tasks = TaskGraph.Create(graph, settings, blocking: true);
        }
        catch
        {
            // A user's factory threw: nobody else will let go of the job's token.
            _cancellation.Dispose();
            throw;
        }

        _splits = new SplitAssigner(graph, _tasks, time, loggers, Post, _cancellation.Token);
        _checkpoints = new CheckpointCoordinator(
            graph,
            options,
            time,
            _log,
            storage,
            _tasks,
            restored,
            statistics,
            Math.Max(restored.CheckpointId ?? 0, storage.LastCheckpointId),
            Post,
            _cancellation.Token
        );
    }

    public IReadOnlyList<StreamTask> Tasks => _tasks.Tasks;

    /// <summary>Runs to the end of the input, or to a requested stop.</summary>
    /// <returns><see langword="true"/> when all input was processed, <see langword="false"/> after a stop with savepoint.</returns>
    public async Task<bool> RunAsync()
    {
        foreach (StreamTask task in _tasks.Tasks)
        {
            StartThread(task);
        }

        try
        {
            return await RunToEndAsync().ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            _failure = failure;
            throw;
        }
    }

    private async Task<bool> RunToEndAsync()
    {
        using CancellationTokenRegistration onCancel = _cancellation.Token.Register(() =>
            _events.Writer.TryComplete(new OperationCanceledException(_cancellation.Token))
        );

        // Throws the cancellation itself once what came before it was reacted to.
        await foreach (JobEvent happened in _events.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            await ReactAsync(happened).ConfigureAwait(false);
            if (_stopped == _tasks.Tasks.Count)
            {
                _checkpoints.ReportStopped();
                return !_checkpoints.StopRequested;
            }
        }

        throw new OperationCanceledException(_cancellation.Token);
    }

    /// <summary>
    /// Takes a savepoint. It is given up when it has not begun within the checkpoint timeout, or not ended within another.
    /// </summary>
    public async Task<string> TriggerSavepointAsync(bool stopAfterwards, string? target, CancellationToken cancellationToken)
    {
        SavepointRequest request = new(stopAfterwards, target);
        if (!Post(new JobEvent.SavepointRequested(request)))
        {
            throw new InvalidOperationException($"Job '{_graph.Name}' is not running, so no savepoint can be taken.");
        }

        TimeoutException late = new(
            $"The savepoint of job '{_graph.Name}' was not begun within {_options.CheckpointTimeout}: the job was still starting, or busy "
                + "with an earlier checkpoint. Try again, or raise CheckpointTimeout."
        );
        ITimer patience = _time.CreateTimer(_ => request.TryAbandon(late), null, _options.CheckpointTimeout, Timeout.InfiniteTimeSpan);
        await using (patience.ConfigureAwait(false))
        {
            using CancellationTokenRegistration onCancel = cancellationToken.Register(() =>
            {
                if (!request.TryAbandon(new OperationCanceledException(cancellationToken)))
                {
                    Post(new JobEvent.SavepointCancelled(request, cancellationToken));
                }
            });
            return await request.Location.ConfigureAwait(false);
        }
    }

    /// <summary>Ends the tasks and waits for them.</summary>
    /// <exception cref="TaskCancellationException">One did not end within <see cref="ExecutionOptions.TaskCancellationTimeout"/>; it is
    /// left behind.</exception>
    public async ValueTask DisposeAsync()
    {
        Task cancelling = _cancellation.CancelAsync();
        _tasks.CloseGates();
        Task ending = Task.WhenAll([cancelling, .. _threads.Select(thread => thread.Ended), _splits.DisposeAsync().AsTask()]);
        bool ended = await EndsInTimeAsync(ending).ConfigureAwait(false);
        _checkpoints.Dispose();
        RejectWhatIsLeft();
        if (!ended)
        {
            // What still runs may look at its token at any time, so that is not disposed.
            throw new TaskCancellationException(
                _graph,
                [.. _threads.Where(thread => !thread.Ended.IsCompleted).Select(thread => thread.Task)],
                _options.TaskCancellationTimeout,
                _failure
            );
        }

        _cancellation.Dispose();
        try
        {
            await ending.ConfigureAwait(false);
            if (_originals is not null)
            {
                await _originals.DisposeAsync().ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // What goes wrong while closing must not hide how the run ended.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Log.CloseFailed(_log, failure, _graph.Name, "of the search for splits, or a callback of the cancellation token,");
        }
    }

    private async Task<bool> EndsInTimeAsync(Task ending)
    {
        // Every wait of ours inside a task observes the cancellation token or its closed gate; a user's function may not.
        long started = _time.GetTimestamp();
        while (!ending.IsCompleted && _time.GetElapsedTime(started) < _options.TaskCancellationTimeout)
        {
            TimeSpan left = _options.TaskCancellationTimeout - _time.GetElapsedTime(started);
            Task patience = Task.Delay(left < EndWarning ? left : EndWarning, _time, CancellationToken.None);
            await Task.WhenAny(ending, patience).ConfigureAwait(false);
            foreach ((StreamTask task, _) in _threads.Where(thread => !ending.IsCompleted && !thread.Ended.IsCompleted))
            {
                Log.TaskDoesNotEnd(_log, _graph.Name, task.Id.ToString(), _time.GetElapsedTime(started).TotalSeconds);
            }
        }

        return ending.IsCompleted;
    }

    private void RejectWhatIsLeft()
    {
        _events.Writer.TryComplete();
        while (_events.Reader.TryRead(out JobEvent? happened))
        {
            if (happened is JobEvent.SavepointRequested request)
            {
                request.Request.Fail(new InvalidOperationException($"Job '{_graph.Name}' ended before the savepoint was begun."));
            }
            else if (happened is JobEvent.TaskSnapshotTaken taken)
            {
                taken.Snapshot.Dispose();
            }
        }
    }

    public void OnOpened(TaskId task) => Post(new JobEvent.TaskOpened(task));

    public void OnSnapshot(TaskId task, long checkpointId, TaskSnapshot snapshot, long startedTimestamp)
    {
        if (!Post(new JobEvent.TaskSnapshotTaken(task, checkpointId, snapshot, startedTimestamp)))
        {
            snapshot.Dispose();
        }
    }

    public void OnFinished(TaskId task) => Post(new JobEvent.TaskFinished(task));

    public void OnFailed(TaskId task, Exception exception) => Post(new JobEvent.TaskFailed(task, exception));

    public void OnStopped(TaskId task) => Post(new JobEvent.TaskStopped(task));

    private bool Post(JobEvent happened) => _events.Writer.TryWrite(happened);

    private async Task ReactAsync(JobEvent happened)
    {
        switch (happened)
        {
            case JobEvent.TaskOpened:
                _restoring.OnTasks(_tasks.Tasks.Count, ++_opened);
                if (_opened == _tasks.Tasks.Count)
                {
                    EndRestore();
                    await _splits.StartAsync().WaitAsync(_cancellation.Token).ConfigureAwait(false);
                    _checkpoints.Start();
                }

                break;
            case JobEvent.TaskFinished finished:
                _finished.Add(finished.Task);
                if (_finished.Count == _tasks.Tasks.Count)
                {
                    Log.InputProcessed(_log, _graph.Name);
                    _checkpoints.TriggerFinal();
                }

                break;
            case JobEvent.TaskFailed failed:
                throw new TaskFailureException(failed.Task, failed.Failure);
            case JobEvent.TaskStopped:
                _stopped++;
                break;
            case JobEvent.SplitsFound found:
                _splits.Assign(found);
                break;
            default:
                if (_checkpoints.React(happened) && !_stopping)
                {
                    _stopping = true;
                    foreach (StreamTask task in _tasks.Tasks)
                    {
                        task.Gate.Post(new TaskCommand.Stop());
                    }
                }

                break;
        }
    }

    private void EndRestore()
    {
        _restored.LetGo();
        if (_restoring.Since is not null)
        {
            Log.Restored(_log, _graph.Name, _restoring.Bytes, _restoring.Elapsed.TotalSeconds);
            _restoring.End();
        }
    }

    private void StartThread(StreamTask task)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
            RunTask(task);
            ended.SetResult();
        })
        {
            IsBackground = true,
            Name = $"{_graph.Name}/{task.Id}",
        };
        _threads.Add((task, ended.Task));
        thread.Start();
    }

    private void RunTask(StreamTask task)
    {
        try
        {
            task.Open();
            while (!task.IsStopped && !_cancellation.IsCancellationRequested)
            {
                task.Step(mayWait: true);
            }
        }
        catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
        {
            // The run is over; whoever ended it knows why.
        }
#pragma warning disable CA1031 // A task's failure, of whatever kind, is the run's failure and is reported as such.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            OnFailed(task.Id, failure);
        }

        try
        {
            task.Dispose();
        }
#pragma warning disable CA1031 // What goes wrong while closing must not hide why it was closed.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Log.CloseFailed(_loggers.CreateLogger("Millrace.Runtime"), failure, _graph.Name, task.Id.ToString());
        }
    }
}
