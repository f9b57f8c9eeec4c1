using Millrace.Batches;

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

/// <summary>Where a source reader puts its records.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface ISourceOutput<T>
{
    /// <summary>The batch to fill next. Empty after each <see cref="Emit"/>.</summary>
    RecordBatch<T> Batch { get; }

    /// <summary>Sends <see cref="Batch"/> on, as records of one split. On return the batch is empty again.</summary>
    /// <param name="splitId">The split that all records of the batch come from; use the same string instance for a split, it is compared by
    /// reference first.</param>
    void Emit(string splitId);

    /// <summary>A split has been read to its end: it no longer holds the watermark back.</summary>
    /// <param name="splitId">The split.</param>
    void ReleaseSplit(string splitId);
}

/// <summary>What a call of <see cref="ISourceReader{T}.Read"/> found.</summary>
public enum ReadStatus
{
    /// <summary>Records were emitted; more may be there at once.</summary>
    MoreAvailable,

    /// <summary>Nothing is there now.</summary>
    NothingAvailable,

    /// <summary>All splits have been read to their ends and no more will come.</summary>
    EndOfInput,
}
