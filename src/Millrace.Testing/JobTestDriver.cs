using System.Buffers;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Graph;
using Millrace.Runtime;

namespace Millrace.Testing;

/// <summary>
/// Runs a whole job on the test's thread: no broker, no other threads, no waiting, and the same order every time.
/// <code>
/// using var driver = JobTestDriver.Start(env => env.FromSource(source, source.Watermarks).Map(x => x + 1).SinkTo(sink));
/// source.Add(1, timestamp: 10);
/// driver.RunUntilIdle();
/// JobSnapshot snapshot = driver.TakeCheckpoint();
/// </code>
/// To see a job fail and recover, dispose the driver (what was not committed is lost) and start another from a snapshot, with another
/// parallelism if wanted. Watermarks that a strategy emits periodically come after every turn of a source, as if its interval had passed.
/// </summary>
public sealed class JobTestDriver : IDisposable
{
    // Configuration.
    private readonly JobGraph _graph;
    private readonly JobTestOptions _options;
    private readonly Random? _order;

    // Running.
    private readonly CancellationTokenSource _cancellation = new();
    private readonly Queue<JobEvent> _events = new();
    private readonly TaskGraph _tasks;
    private readonly SplitAssigner _splits;
    private readonly TestTaskListener _listener = new();
    private long _lastCheckpointId;
    private bool _stopped;

    private JobTestDriver(StreamExecutionEnvironment environment, string jobName, JobTestOptions options)
    {
        _options = options;
        _order = options.Seed is { } seed ? new Random(seed) : null;
        _graph = environment.GetJobGraph(jobName);
        RestoredCheckpoint? restored = options.RestoreFrom?.Checkpoint;
        if (restored is not null)
        {
            CheckpointRestore.Check(restored, _graph, options.Execution);
            _lastCheckpointId = restored.Id;
        }

        TaskSettings settings = new(
            jobName,
            _graph.MaxParallelism,
            options.Execution,
            options.Time,
            options.LoggerFactory,
            _listener,
            new RestoredTasks(restored, _graph, options.Execution),
            _cancellation.Token
        )
        {
            // In a random order, records come between the parts of a snapshot.
            Slice = _order is null ? SnapshotSlice.Default : new SnapshotSlice(Budget: 100, TimeSpan.Zero),
        };
        _tasks = TaskGraph.Create(_graph, settings, blocking: false);
        _splits = new SplitAssigner(_graph, _tasks, options.Time, options.LoggerFactory, Post, _cancellation.Token);
        foreach (StreamTask task in _tasks.Tasks)
        {
            task.Open();
        }

        _splits.StartAsync().GetAwaiter().GetResult();
    }

    /// <summary>The job's clock.</summary>
    public ManualTimeProvider Time => _options.Time;

    /// <summary>Whether all sources have ended and everything that they emitted has been processed.</summary>
    public bool IsFinished => _listener.Finished.Count == _tasks.Tasks.Count;

    /// <summary>Starts a job.</summary>
    /// <param name="declare">Declares it.</param>
    /// <param name="options">How to run it; <see langword="null"/> = the defaults.</param>
    /// <param name="jobName">Name of the job.</param>
    /// <exception cref="JobValidationException">The job cannot run as declared.</exception>
    /// <exception cref="StateRestoreException">The job does not fit the snapshot that it starts from.</exception>
    public static JobTestDriver Start(Action<StreamExecutionEnvironment> declare, JobTestOptions? options = null, string jobName = "test")
    {
        ArgumentNullException.ThrowIfNull(declare);
        options ??= new JobTestOptions();
        StreamExecutionEnvironment environment = new(options.Execution, options.Configuration)
        {
            TimeProvider = options.Time,
            LoggerFactory = options.LoggerFactory,
        };
        declare(environment);
        return new JobTestDriver(environment, jobName, options);
    }

    /// <summary>Starts a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="options">How to run it; <see langword="null"/> = the defaults.</param>
    public static JobTestDriver Start(IStreamJob job, JobTestOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(job);
        return Start(job.Build, options, job.Name);
    }

    /// <summary>Gives one task a turn: it does one thing, such as processing one batch.</summary>
    /// <returns>Whether any task had anything to do.</returns>
    public bool RunTurn()
    {
        ObjectDisposedException.ThrowIf(_stopped, this);
        while (_events.TryDequeue(out JobEvent? happened))
        {
            _splits.Assign((JobEvent.SplitsFound)happened);
        }

        // Sinks first: what has been read is processed before more is read.
        int count = _tasks.Tasks.Count;
        int first = _order?.Next(count) ?? count - 1;
        for (int i = 0; i < count; i++)
        {
            Time.PassInterval(_options.Execution.AutoWatermarkInterval);
            if (_tasks.Tasks[(first - i + count) % count].Step(mayWait: false))
            {
                return true;
            }
        }

        return _events.Count > 0;
    }

    /// <summary>Runs until every task has processed all it has.</summary>
    /// <exception cref="TimeoutException">The job does not come to rest.</exception>
    public void RunUntilIdle() => RunUntil(() => false);

    /// <summary>Runs until a condition holds, at the latest until every task has processed all it has.</summary>
    /// <param name="condition">Looked at before every turn.</param>
    /// <returns>Whether the condition holds.</returns>
    /// <exception cref="TimeoutException">The job does not come to rest.</exception>
    public bool RunUntil(Func<bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        for (int turns = 0; turns < _options.MaxTurns; turns++)
        {
            if (condition())
            {
                return true;
            }

            // A source that has nothing may still have said what time it is, to tasks that had their turn before it.
            if (!RunTurn() && !RunTurn())
            {
                return condition();
            }
        }

        throw new TimeoutException(
            $"Job '{_graph.Name}' still had work after {_options.MaxTurns} turns; bound its sources, run it with {nameof(RunTurn)}, or "
                + $"raise {nameof(JobTestOptions.MaxTurns)}."
        );
    }

    /// <summary>Moves the clock, and runs until every task has processed all that follows from it.</summary>
    /// <param name="time">How far; not negative.</param>
    public void AdvanceTime(TimeSpan time)
    {
        Time.Advance(time);
        RunUntilIdle();
    }

    /// <summary>Takes a checkpoint: barriers go from the sources through everything that is in flight.</summary>
    /// <param name="complete">Whether the tasks learn that it is complete, so that transactional sinks commit; <see langword="false"/> = as
    /// if the job failed just before it did.</param>
    /// <exception cref="TimeoutException">The job does not come to rest.</exception>
    public JobSnapshot TakeCheckpoint(bool complete = true)
    {
        long id = ++_lastCheckpointId;
        Post<SourceTask>(new TaskCommand.TriggerCheckpoint(new CheckpointBarrier(id, IsSelfContained: true), HoldAfterwards: false));
        if (!RunUntil(() => _listener.Parts(id).Count == _tasks.Tasks.Count))
        {
            throw new InvalidOperationException(
                $"Checkpoint {id} has parts of {_listener.Parts(id).Count} of {_tasks.Tasks.Count} tasks though nothing is in flight."
            );
        }

        JobSnapshot snapshot = new(_graph, id, _listener.Parts(id));
        if (complete)
        {
            Post<StreamTask>(new TaskCommand.CheckpointComplete(id));
            RunTurns();
        }

        return snapshot;
    }

    /// <summary>Runs the job to the end of its input, commits with a last checkpoint and stops.</summary>
    /// <exception cref="InvalidOperationException">A source has not ended.</exception>
    public void RunToEnd()
    {
        RunUntilIdle();
        if (!IsFinished)
        {
            throw new InvalidOperationException(
                $"Job '{_graph.Name}' waits for more input; end its sources first, with {nameof(TestSource<int>.End)}."
            );
        }

        TakeCheckpoint();
        Dispose();
    }

    /// <summary>Stops the job where it is, as a failure would.</summary>
    public void Dispose()
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        _cancellation.Cancel();
        _tasks.CloseGates();
        _tasks.Dispose();
        _splits.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _cancellation.Dispose();
    }

    private bool Post(JobEvent happened)
    {
        _events.Enqueue(happened);
        return true;
    }

    private void Post<TTask>(TaskCommand command)
        where TTask : StreamTask
    {
        foreach (StreamTask task in _tasks.Tasks.Where(task => task is TTask))
        {
            task.Gate.Post(command);
        }
    }

    /// <summary>One turn for every task, which carries out its commands.</summary>
    private void RunTurns()
    {
        foreach (StreamTask task in _tasks.Tasks)
        {
            task.Step(mayWait: false);
        }
    }

    private sealed class TestTaskListener : ITaskListener
    {
        private readonly Dictionary<long, Dictionary<TaskId, byte[]>> _parts = [];

        public HashSet<TaskId> Finished { get; } = [];

        public Dictionary<TaskId, byte[]> Parts(long checkpointId) =>
            _parts.TryGetValue(checkpointId, out Dictionary<TaskId, byte[]>? parts) ? parts : [];

        public void OnOpened(TaskId task)
        {
            // The driver opens tasks itself.
        }

        public void OnSnapshot(TaskId task, long checkpointId, TaskSnapshot snapshot, long startedTimestamp)
        {
            if (!_parts.TryGetValue(checkpointId, out Dictionary<TaskId, byte[]>? parts))
            {
                _parts.Clear();
                _parts.Add(checkpointId, parts = []);
            }

            parts.Add(task, snapshot.Content.ToArray());
            snapshot.Dispose();
        }

        public void OnFinished(TaskId task) => Finished.Add(task);

        public void OnFailed(TaskId task, Exception exception)
        {
            // A failure goes straight to the test that gave the task its turn.
        }

        public void OnStopped(TaskId task)
        {
            // The driver stops tasks itself.
        }
    }
}
