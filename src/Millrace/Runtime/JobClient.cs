using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Graph;

namespace Millrace.Runtime;

/// <summary>
/// A handle on a job that runs in this process: restarts it after failures from its last checkpoint, tells how it does, takes savepoints,
/// cancels it.
/// </summary>
public sealed class JobClient : IAsyncDisposable
{
    private readonly JobGraph _graph;
    private readonly ExecutionOptions _options;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _log;
    private readonly CheckpointStorage _storage;
    private readonly CheckpointStatistics _checkpoints = new();
    private readonly CancellationTokenSource _cancellation;
    private readonly List<DateTimeOffset> _failures = [];
    private readonly Lock _lock = new();
    private JobRun? _run;
    private JobStatus _status = JobStatus.Created;
    private ConnectorTotals _earlierRuns;
    private string? _lastFailure;

    private JobClient(
        JobGraph graph,
        ExecutionOptions options,
        IObjectStore store,
        TimeProvider time,
        ILoggerFactory loggers,
        CancellationToken cancellationToken
    )
    {
        _graph = graph;
        _options = options;
        _time = time;
        _loggers = loggers;
        _log = loggers.CreateLogger("Millrace.Runtime");
        _storage = new CheckpointStorage(
            store,
            graph.Name,
            options.RetainedCheckpoints,
            time,
            loggers.CreateLogger("Millrace.Checkpoints")
        );
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Completion = RunAsync();
    }

    /// <summary>Name of the job.</summary>
    public string JobName => _graph.Name;

    /// <summary>Where the job is in its life.</summary>
    public JobStatus Status
    {
        get
        {
            lock (_lock)
            {
                return _status;
            }
        }
    }

    /// <summary>
    /// Ends with the job: with its result, an <see cref="OperationCanceledException"/> or a <see cref="JobExecutionException"/>.
    /// </summary>
    public Task<JobExecutionResult> Completion { get; }

    internal static JobClient Start(
        JobGraph graph,
        ExecutionOptions options,
        IObjectStore store,
        TimeProvider time,
        ILoggerFactory loggers,
        CancellationToken cancellationToken
    ) => new(graph, options, store, time, loggers, cancellationToken);

    /// <summary>Takes a savepoint: a checkpoint that is kept until somebody deletes it.</summary>
    /// <param name="target">Name of the savepoint; <see langword="null"/> = its number.</param>
    /// <param name="cancellationToken">Gives the savepoint up. One that is nearly complete may still come to be.</param>
    /// <returns>Where it is: what <see cref="ExecutionOptions.RestoreFrom"/> takes.</returns>
    /// <exception cref="TimeoutException">It was not begun, or not complete once begun, within
    /// <see cref="ExecutionOptions.CheckpointTimeout"/>.</exception>
    /// <exception cref="InvalidOperationException">The job does not run.</exception>
    public async Task<string> TriggerSavepointAsync(string? target = null, CancellationToken cancellationToken = default) =>
        await CurrentRun().TriggerSavepointAsync(stopAfterwards: false, target, cancellationToken).ConfigureAwait(false);

    /// <summary>Takes a savepoint and stops: nothing is emitted after it.</summary>
    /// <param name="target">Name of the savepoint; <see langword="null"/> = its number.</param>
    /// <param name="cancellationToken">Gives the savepoint up, and the job goes on. Once the savepoint is complete the job stops all the
    /// same.</param>
    /// <exception cref="TimeoutException">It was not begun, or not complete once begun, within
    /// <see cref="ExecutionOptions.CheckpointTimeout"/>; the job goes on.</exception>
    /// <exception cref="InvalidOperationException">The job does not run.</exception>
    public async Task<string> StopWithSavepointAsync(string? target = null, CancellationToken cancellationToken = default)
    {
        string location = await CurrentRun().TriggerSavepointAsync(stopAfterwards: true, target, cancellationToken).ConfigureAwait(false);
        await ((Task)Completion).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        return location;
    }

    /// <summary>
    /// Cancels the job and waits until it has ended, for <see cref="ExecutionOptions.TaskCancellationTimeout"/> at most: a job that does
    /// not end by then is
    /// <see cref="JobStatus.Failed"/>, and <see cref="Completion"/> names the task that hangs. Its checkpoints stay.</summary>
    /// <param name="cancellationToken">Ends the wait; the job is cancelled all the same.</param>
    public async Task CancelAsync(CancellationToken cancellationToken = default)
    {
        // Whatever a function has registered with its token may hang as well.
        _ = _cancellation.CancelAsync();
        await ((Task)Completion).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    /// <summary>The job's counters now.</summary>
    public JobMetrics GetMetrics()
    {
        lock (_lock)
        {
            JobMetrics metrics = JobMetricsReader.Read(_checkpoints.Snapshot(), _run?.Tasks ?? [], _earlierRuns) with
            {
                Status = _status,
                Restarts = Math.Max(0, _failures.Count),
                LastFailure = _lastFailure,
            };
            return _storage.Restoring.Since is { } since
                ? metrics with
                {
                    Waiting =
                    [
                        .. metrics.Waiting,
                        new ConnectorWait($"the restore of {_storage.Restoring.What}", _storage.Restoring.ToString(), since),
                    ],
                }
                : metrics;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await CancelAsync().ConfigureAwait(false);
        _storage.Dispose();
        _cancellation.Dispose();
    }

    private JobRun CurrentRun()
    {
        lock (_lock)
        {
            return _run
                ?? throw new InvalidOperationException(
                    $"Job '{_graph.Name}' is {_status}, not running, so no savepoint can be taken; wait until it runs."
                );
        }
    }

    private async Task<JobExecutionResult> RunAsync()
    {
        // Leave the caller's thread: starting a job must not run it.
        await Task.Yield();
        long started = _time.GetTimestamp();
        while (true)
        {
            try
            {
                bool finished = await RunOnceAsync().ConfigureAwait(false);
                if (finished)
                {
                    await DeleteCheckpointsAsync().ConfigureAwait(false);
                }

                SetStatus(finished ? JobStatus.Finished : JobStatus.Cancelled);
                return new JobExecutionResult(_graph.Name, _time.GetElapsedTime(started), _failures.Count, GetMetrics());
            }
            catch (OperationCanceledException) when (_cancellation.IsCancellationRequested)
            {
                SetStatus(JobStatus.Cancelled);
                throw;
            }
#pragma warning disable CA1031 // The restart strategy decides about failures of every kind.
            catch (Exception failure)
#pragma warning restore CA1031
            {
                await RestartOrGiveUpAsync(failure).ConfigureAwait(false);
            }
        }
    }

    private async Task DeleteCheckpointsAsync()
    {
        try
        {
            await _storage.DeleteCheckpointsAsync(_cancellation.Token).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The job has finished: everything is committed, and running it again would only write it twice.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Log.CheckpointsNotDeleted(_log, failure, _graph.Name);
        }
    }

    /// <summary>Whether another attempt would fail the same way, or beside the one before it.</summary>
    private static bool IsForGood(Exception failure) =>
        RestartSuppression.Find(failure, static cause => cause is StateRestoreException or JobFencedException or TaskCancellationException)
            is not null;

    private async Task RestartOrGiveUpAsync(Exception failure)
    {
        TimeSpan? delay;
        lock (_lock)
        {
            _failures.Add(_time.GetUtcNow());
            _lastFailure = failure.Message;
            delay = IsForGood(failure) ? null : _options.RestartStrategy.NextDelay(_failures);
            _status = delay is null ? JobStatus.Failed : JobStatus.Restarting;
        }

        if (delay is null)
        {
            Log.Failed(_log, failure, _graph.Name);
            throw new JobExecutionException($"Job '{_graph.Name}' failed: {failure.Message}", failure);
        }

        Log.Restarting(_log, failure, _graph.Name, delay.Value);
        try
        {
            await Task.Delay(delay.Value, _time, _cancellation.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            SetStatus(JobStatus.Cancelled);
            throw;
        }
    }

    private async Task<bool> RunOnceAsync()
    {
        CancellationToken cancellationToken = _cancellation.Token;
        try
        {
            RestoredCheckpoint? restored = await CheckpointRestore
                .LoadAsync(_storage, _graph, _options, cancellationToken)
                .ConfigureAwait(false);
            return await RunFromAsync(new RestoredTasks(restored, _graph, _options), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _storage.Restoring.End();
        }
    }

    private async Task<bool> RunFromAsync(RestoredTasks restored, CancellationToken cancellationToken)
    {
        foreach (string warning in _graph.Warnings)
        {
            Log.MayBeAMistake(_log, _graph.Name, warning);
        }

        Log.Starting(_log, _graph.Name, restored.CheckpointId is { } id ? $" from checkpoint {id}" : " without state");
        JobRun run = new(_graph, _options, _time, _loggers, _storage, restored, _checkpoints, cancellationToken);
        await using (run.ConfigureAwait(false))
        {
            lock (_lock)
            {
                _run = run;
                _status = JobStatus.Running;
            }

            try
            {
                return await run.RunAsync().ConfigureAwait(false);
            }
            finally
            {
                lock (_lock)
                {
                    _earlierRuns = JobMetricsReader.Totals(run.Tasks, _earlierRuns);
                    _run = null;
                }
            }
        }
    }

    private void SetStatus(JobStatus status)
    {
        lock (_lock)
        {
            _status = status;
        }

        Log.Ended(_log, _graph.Name, status);
    }
}
