namespace Millrace.Connectors;

/// <summary>
/// Looks into the topics of a source beside its trigger: how many partitions there are, where they begin and end, and what lies in between.
/// Thread-safe.
/// </summary>
public interface IRawTopicReader : IAsyncDisposable
{
    /// <summary>Number of partitions of a topic.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<int> CountPartitionsAsync(string topic, CancellationToken cancellationToken);

    /// <summary>Offset of the first record of a partition that a job reads which has no position in it yet.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="isInitial"><see langword="true"/> when the source starts without state: as its starting offsets say.
    /// <see langword="false"/> for a partition that has come later: at its beginning, so that nothing is skipped.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<long> FindStartAsync(string topic, int partition, bool isInitial, CancellationToken cancellationToken);

    /// <summary>
    /// Checks positions before anything is read from them: whether the topics still are those that were read, and the logs have what was
    /// read.
    /// </summary>
    /// <param name="splits">The positions, as <see cref="IRawRecordSource.SplitAt"/> gives them or a savepoint holds them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The positions to go on from, in the same order: the same, with what was learnt, or others where the source's settings
    /// accept that. Empty = the source cannot tell (the default).</returns>
    /// <exception cref="Exception">One that is <see cref="ISuppressRestarts"/>: records would be skipped in silence.</exception>
    Task<IReadOnlyList<RawPosition>> ValidateAsync(IReadOnlyList<SourceSplit> splits, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<RawPosition>>([]);

    /// <summary>
    /// Where partitions end, all asked for at once: the offset behind everything that is in them, markers of transactions included. A
    /// partition with nothing behind its position needs no <see cref="FindLastRecordAsync"/>.
    /// </summary>
    /// <param name="positions">The partitions, with where each has been read up to.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The ends, in the same order, -1 where one is not known. Empty = the source cannot tell (the default).</returns>
    Task<IReadOnlyList<long>> FindEndsAsync(IReadOnlyList<RawPosition> positions, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<long>>([]);

    /// <summary>
    /// Offset of the last record at or after an offset; -1 = there is none. Markers of transactions are no records, records of open
    /// transactions are.
    /// </summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="from">The offset.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<long> FindLastRecordAsync(string topic, int partition, long from, CancellationToken cancellationToken);

    /// <summary>Reads the records of a range of offsets.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="from">First offset, inclusive.</param>
    /// <param name="to">Last offset, inclusive.</param>
    /// <param name="maxRecords">After how many records reading may stop.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Exception">The partition no longer, or not yet, has offset <paramref name="from"/>: one that is
    /// <see cref="ISuppressRestarts"/>, unless the source's settings accept the gap.</exception>
    Task<RawRecordRange> ReadAsync(string topic, int partition, long from, long to, int maxRecords, CancellationToken cancellationToken);
}

/// <summary>Records that were read from a range of offsets.</summary>
/// <param name="Records">The records, in order.</param>
/// <param name="CoveredTo">Up to this offset, inclusive, <paramref name="Records"/> is all there is; before the range's first offset when
/// nothing could be read yet.</param>
public sealed record RawRecordRange(IReadOnlyList<RawRecord> Records, long CoveredTo);
