using Millrace.Batches;

namespace Millrace.Connectors;

/// <summary>
/// Declares where records go, whatever their type: what a host needs to check a job and to tell people. A connector implements
/// <see cref="ISink{T}"/>, or <see cref="IDurableSink{T}"/>, which runs on every host. Immutable; used by many tasks.
/// </summary>
public interface ISink
{
    /// <summary>The topics that the sink writes. Empty when unknown, such as where each record chooses its own.</summary>
    IReadOnlyList<Topic> Topics { get; }

    /// <summary>Adds to <paramref name="errors"/> everything that is wrong with the declaration.</summary>
    /// <param name="errors">Receives one message per error.</param>
    void Validate(ICollection<string> errors);

    /// <summary>
    /// Adds what is wrong with the declaration in a job whose checkpoints begin this far apart. Only hosts that commit sinks by checkpoints
    /// ask. Default: nothing.
    /// </summary>
    /// <param name="checkpointInterval">The interval.</param>
    /// <param name="errors">Receives one message per error.</param>
    void ValidateCheckpoints(TimeSpan checkpointInterval, ICollection<string> errors) { }

    /// <summary>Whether the writers are <see cref="ICommittingSinkWriter{T}"/>s: what they have committed with a checkpoint would be
    /// written a second time from an older one, so a job with such a sink does not fall back to one by itself.
    /// Default: <see langword="false"/>; then only what the sink keeps in checkpoints tells.</summary>
    bool CommitsByCheckpoints => false;
}

/// <summary>Declares where records go. Immutable; used by many tasks.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface ISink<T> : ISink
{
    /// <summary>Creates a writer; one per sink task and run.</summary>
    /// <param name="context">Names and services of the task.</param>
    ISinkWriter<T> CreateWriter(ConnectorContext context);
}

/// <summary>
/// Writes the records of one sink task. All calls come from the task's thread. A failure is thrown from the next call at the latest; it
/// fails the run, which restarts from the last checkpoint.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface ISinkWriter<T> : IAsyncDisposable
{
    /// <summary>
    /// Takes records. May wait (back pressure), observing the context's cancellation token. The batch is only valid during the call.
    /// </summary>
    /// <param name="batch">The records.</param>
    void Write(RecordBatch<T> batch);

    /// <summary>
    /// Returns when everything written so far is durable at the destination (at-least-once), or, for a committing writer, ready to be
    /// committed. Called before each checkpoint's snapshot and at the end of input.
    /// </summary>
    /// <param name="endOfInput">Whether no record will follow.</param>
    void Flush(bool endOfInput);
}

/// <summary>
/// A sink writer in two phases (Flink's <c>TwoPhaseCommittingSink</c>): <c>Flush, PrepareCommit</c> at a barrier, <c>Commit</c> once the
/// checkpoint is complete. What is written but not committed must stay invisible to readers. The sink says so with
/// <see cref="ISink.CommitsByCheckpoints"/>.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface ICommittingSinkWriter<T> : ISinkWriter<T>
{
    /// <summary>Ends the current transaction's writing and starts the next one.</summary>
    /// <param name="checkpointId">Number of the checkpoint.</param>
    /// <returns>Everything needed to commit, also by another process; kept in the checkpoint. Empty when there is nothing to
    /// commit.</returns>
    ReadOnlyMemory<byte> PrepareCommit(long checkpointId);

    /// <summary>
    /// Commits what <see cref="PrepareCommit"/> returned. Idempotent: it is called again after a restore from a checkpoint whose commit is
    /// in doubt.
    /// </summary>
    /// <param name="committable">What <see cref="PrepareCommit"/> returned.</param>
    void Commit(ReadOnlyMemory<byte> committable);

    /// <summary>
    /// Called once, before the first record, after a start or restore: commits what the checkpoint holds and rolls back whatever earlier
    /// runs left open beyond it.
    /// </summary>
    /// <param name="committables">All committables of the restored checkpoint, of all former tasks; empty at a fresh start. Each task gets
    /// all of them: a writer may commit only its share, but must not roll back what another task is to commit.</param>
    void Recover(IReadOnlyList<ReadOnlyMemory<byte>> committables);
}
