using Millrace.Checkpoints;
using Millrace.Graph;
using Millrace.Runtime;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Testing;

/// <summary>
/// A checkpoint that a test took: the state of all tasks of a job, from which a job with another parallelism may start too.
/// </summary>
public sealed class JobSnapshot
{
    private readonly RestoredCheckpoint _checkpoint;

    internal JobSnapshot(JobGraph graph, long checkpointId, IReadOnlyDictionary<TaskId, byte[]> parts)
    {
        CheckpointStage[] stages =
        [
            .. graph.Stages.Select(stage => new CheckpointStage(stage.Uid, stage.Parallelism, [.. stage.Nodes.Select(graph.UidOf)], [])),
        ];
        CheckpointManifest manifest = new(
            CheckpointManifest.CurrentVersion,
            graph.Name,
            checkpointId,
            Epoch: 0,
            CheckpointKind.Checkpoint,
            DateTimeOffset.UnixEpoch,
            graph.MaxParallelism,
            stages
        );
        TaskSnapshotReader[] readers =
        [
            .. graph.Stages.SelectMany(stage =>
                Enumerable
                    .Range(0, stage.Parallelism)
                    .Select(task => new TaskId(stage.Uid, task))
                    .Select(task => new TaskSnapshotReader(parts[task], task.ToString()))
            ),
        ];
        _checkpoint = new RestoredCheckpoint(manifest, "test", readers);
        Size = parts.Values.Sum(part => (long)part.Length);
    }

    /// <summary>Number of the checkpoint.</summary>
    public long CheckpointId => _checkpoint.Id;

    /// <summary>Bytes of all parts.</summary>
    public long Size { get; }

    /// <summary>Uids of the operators that it holds state of.</summary>
    public IReadOnlyCollection<string> OperatorUids =>
        [.. _checkpoint.OperatorUids.Where(uid => !uid.StartsWith("stage:", StringComparison.Ordinal))];

    /// <summary>Reads the keyed state of an operator with a process function.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="TResult">Type of the result.</typeparam>
    /// <param name="uid">The operator's uid.</param>
    /// <param name="key">The key whose state to read.</param>
    /// <param name="read">Gets the states by their descriptors and reads them: <c>states => states.GetState(count).Value</c>.</param>
    /// <param name="time">The clock that time-to-live is measured by; <see langword="null"/> = one that stands at the Unix epoch.</param>
    /// <exception cref="InvalidOperationException">The snapshot has no state of such an operator.</exception>
    public TResult ReadState<TKey, TResult>(string uid, TKey key, Func<IKeyedStateStore, TResult> read, ManualTimeProvider? time = null)
        where TKey : notnull
    {
        ArgumentException.ThrowIfNullOrEmpty(uid);
        ArgumentNullException.ThrowIfNull(read);
        if (!OperatorUids.Contains(uid, StringComparer.Ordinal))
        {
            throw new InvalidOperationException(
                $"The snapshot has no state of operator '{uid}'; it has "
                    + $"{string.Join(", ", OperatorUids.Order(StringComparer.Ordinal).Select(known => $"'{known}'"))}."
            );
        }

        TestSource<TKey> source = new(splits: 1, replays: false);
        source.Add(key);
        ProbeLog<TResult> results = new();
        JobTestOptions options = new()
        {
            RestoreFrom = this,
            Time = time ?? new ManualTimeProvider(),
            Execution = new ExecutionOptions { MaxParallelism = _checkpoint.Manifest.MaxParallelism, AllowNonRestoredState = true },
        };
        using JobTestDriver driver = JobTestDriver.Start(
            env =>
                env.FromSource(source)
                    .WithUid("state-reader-source")
                    .KeyBy(k => k)
                    .Process(() => new StateReaderFunction<TKey, TResult>(read))
                    .WithUid(uid)
                    .Transform("Probe", () => new ProbeOperator<TResult>(results))
                    .SinkTo(new Connectors.DiscardingSink<TResult>()),
            options
        );
        driver.RunUntilIdle();
        return results.Records[0].Value;
    }

    internal RestoredCheckpoint Checkpoint => _checkpoint;
}

/// <summary>Takes keys and emits what the state of each holds.</summary>
internal sealed class StateReaderFunction<TKey, TResult>(Func<IKeyedStateStore, TResult> read) : KeyedProcessFunction<TKey, TKey, TResult>
{
    public override void ProcessElement(TKey value, IKeyedProcessContext<TKey> context, Collector<TResult> output) =>
        output.Collect(read(RuntimeContext));
}
