using System.Diagnostics.CodeAnalysis;
using Millrace.Checkpoints;
using Millrace.Graph;
using Millrace.Operators.Connectors;
using Millrace.State;

namespace Millrace.Runtime;

/// <summary>Picks the checkpoint that a run starts from and checks that the job can take it.</summary>
internal static class CheckpointRestore
{
    /// <exception cref="StateRestoreException">The checkpoint does not fit the job.</exception>
    public static async Task<RestoredCheckpoint?> LoadAsync(
        CheckpointStorage storage,
        JobGraph graph,
        ExecutionOptions options,
        CancellationToken cancellationToken
    )
    {
        // A later attempt goes on from what the first one has completed, if anything; else it begins as the first one did.
        bool startsAnew = storage.Epoch == 0 && (options.IgnoreCheckpoints || options.RestoreFrom is not null);
        try
        {
            if (
                startsAnew
                && options is { RestoresOnce: true, IgnoreCheckpoints: false, RestoreFrom: { } asked }
                && await storage.HasRestoredAsync(asked, cancellationToken).ConfigureAwait(false)
            )
            {
                startsAnew = false;
            }

            // What does not fit the job must neither end its run under way nor take its checkpoints from it.
            RestoredCheckpoint? given =
                startsAnew && options.RestoreFrom is { } location
                    ? Check(await storage.LoadAsync(PlaceOf(location, options), cancellationToken).ConfigureAwait(false), graph, options)
                    : null;
            await storage.AcquireAsync(forgetCheckpoints: startsAnew, cancellationToken, given, options.RestoreFrom).ConfigureAwait(false);
            return given
                ?? Check(
                    await storage
                        .LoadLatestAsync(cancellationToken, checkpoint => CommittingSinks(checkpoint, graph))
                        .ConfigureAwait(false),
                    graph,
                    options
                );
        }
        catch (InvalidDataException damaged)
        {
            throw new StateRestoreException($"Job '{graph.Name}' cannot start: {damaged.Message}", damaged);
        }
    }

    private static string PlaceOf(string location, ExecutionOptions options) =>
        options.RestoresOnce && location.IndexOf('#', StringComparison.Ordinal) is >= 0 and int at ? location[..at] : location;

    /// <summary>
    /// Names of the sinks that commit by checkpoints: those that say so, and those of which a checkpoint holds something to commit.
    /// </summary>
    private static string[] CommittingSinks(RestoredCheckpoint checkpoint, JobGraph graph) =>
        [
            .. graph
                .Nodes.Where(node => node.Sink is { } sink && (sink.CommitsByCheckpoints || HasCommittables(checkpoint, graph.UidOf(node))))
                .Select(node => node.Name)
                .Distinct(StringComparer.Ordinal),
        ];

    private static bool HasCommittables(RestoredCheckpoint checkpoint, string uid) =>
        Committables.Read(checkpoint.ReaderOf(uid, new KeyGroupRange(0, checkpoint.Manifest.MaxParallelism))).Count > 0;

    [return: NotNullIfNotNull(nameof(checkpoint))]
    internal static RestoredCheckpoint? Check(RestoredCheckpoint? checkpoint, JobGraph graph, ExecutionOptions options)
    {
        if (checkpoint is null)
        {
            return null;
        }

        if (checkpoint.Manifest.MaxParallelism != graph.MaxParallelism)
        {
            throw new StateRestoreException(
                $"Checkpoint {checkpoint.Id} of job '{graph.Name}' was taken with maxParallelism {checkpoint.Manifest.MaxParallelism}, the "
                    + $"job has {graph.MaxParallelism}; "
                    + "it is fixed for the life of the state, so set it back with SetMaxParallelism."
            );
        }

        HashSet<string> known = new(
            graph.Nodes.Select(graph.UidOf).Concat(graph.Stages.Select(stage => "stage:" + stage.Uid)),
            StringComparer.Ordinal
        );
        string[] lost =
        [
            .. checkpoint
                .OperatorUids.Where(uid => !uid.StartsWith("stage:", StringComparison.Ordinal) && !known.Contains(uid))
                .Order(StringComparer.Ordinal),
        ];
        if (lost.Length > 0 && !options.AllowNonRestoredState)
        {
            throw new StateRestoreException(
                $"Checkpoint {checkpoint.Id} has state of operator(s) {string.Join(", ", lost.Select(uid => $"'{uid}'"))}, which job "
                    + $"'{graph.Name}' does not have (it has "
                    + $"{string.Join(", ", graph.Nodes.Select(node => $"'{graph.UidOf(node)}'"))}); give the operators the uids they had "
                    + "with WithUid, or allow the loss with AllowNonRestoredState (--allow-non-restored-state)."
            );
        }

        return checkpoint;
    }
}

/// <summary>Describes a checkpoint of a running job.</summary>
internal static class CheckpointManifests
{
    public static IReadOnlyList<CheckpointStage> StagesOf(JobGraph graph, PendingCheckpoint pending) =>
        [
            .. graph.Stages.Select(stage => new CheckpointStage(
                stage.Uid,
                stage.Parallelism,
                [.. stage.Nodes.Select(graph.UidOf)],
                [
                    .. Enumerable
                        .Range(0, stage.Parallelism)
                        .Select(task => new TaskId(stage.Uid, task))
                        .SelectMany(task => pending.Parts[task]),
                ]
            )),
        ];
}

/// <summary>The job cannot start from the checkpoint or savepoint it was told to; trying again would not help.</summary>
public sealed class StateRestoreException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StateRestoreException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names subject, actual, expected and remedy.</param>
    public StateRestoreException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names subject, actual, expected and remedy.</param>
    /// <param name="innerException">The cause.</param>
    public StateRestoreException(string message, Exception innerException)
        : base(message, innerException) { }
}
