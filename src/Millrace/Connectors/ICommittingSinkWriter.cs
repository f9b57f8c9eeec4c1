namespace Millrace.Connectors;

/// <summary>
/// A sink writer in two phases (Flink's <c>TwoPhaseCommittingSink</c>): <c>Flush, PrepareCommit</c> at a barrier, <c>Commit</c> once the
/// checkpoint is complete. What is written but not committed must stay invisible to readers. The sink says so with
/// <see cref="ISink{T}.CommitsByCheckpoints"/>.
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
