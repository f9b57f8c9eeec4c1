namespace Millrace.Connectors;

/// <summary>
/// Reads the splits of one source task. All calls come from the task's thread, in the order
/// <c>AddSplits -> Read* / AddSplits* / SnapshotSplits* / NotifyCheckpointComplete* -> DisposeAsync</c>.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface ISourceReader<T> : IAsyncDisposable
{
    /// <summary>Takes on splits, each from its position.</summary>
    /// <param name="splits">New splits.</param>
    void AddSplits(IReadOnlyList<SourceSplit> splits);

    /// <summary>No split will be added any more: a bounded reader ends when those it has are read.</summary>
    void NotifyNoMoreSplits();

    /// <summary>Reads what there is: fills batches of <paramref name="output"/>, each from one split, in the split's order.</summary>
    /// <param name="output">Takes the records.</param>
    /// <param name="maxWait">How long to wait when nothing is there; zero = do not wait. Never waited out once a record has been
    /// read.</param>
    ReadStatus Read(ISourceOutput<T> output, TimeSpan maxWait);

    /// <summary>
    /// Offset in its split of a record of the batch that is being emitted: asked during <see cref="ISourceOutput{T}.Emit"/> only, to name
    /// records in errors and dead letters.
    /// </summary>
    /// <param name="row">Index of the record in the batch.</param>
    /// <returns>The offset; -1 = not known, the default.</returns>
    long OffsetOf(int row) => -1;

    /// <summary>The splits and how far each has been emitted, for the checkpoint. Covers exactly the records emitted so far.</summary>
    /// <param name="checkpointId">Number of the checkpoint.</param>
    IReadOnlyList<SourceSplit> SnapshotSplits(long checkpointId);

    /// <summary>A checkpoint is complete: its positions may be published, for instance as a consumer group's offsets.</summary>
    /// <param name="checkpointId">Number of the checkpoint.</param>
    void NotifyCheckpointComplete(long checkpointId);

    /// <summary>Stops or resumes reading splits, for watermark alignment.</summary>
    /// <param name="splitIds">The splits.</param>
    /// <param name="paused">Whether to stop them.</param>
    void SetPaused(IReadOnlyCollection<string> splitIds, bool paused);
}
