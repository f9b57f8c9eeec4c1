using Millrace.Batches;

namespace Millrace.Connectors;

/// <summary>
/// The part of <see cref="IRawRecordSource{T}"/> that does not know the type of the records: what a host needs to find partitions, to read
/// them and to keep positions.
/// </summary>
public interface IRawRecordSource : ISource
{
    /// <summary>Default: it goes on until the job is cancelled. A trigger-driven host reads on either way.</summary>
    Boundedness ISource.Boundedness => Boundedness.ContinuousUnbounded;

    /// <summary>The consumer group that a trigger uses; <see langword="null"/>, the default, = the job's name.</summary>
    string? GroupId => null;

    /// <summary>Properties of the client, such as <c>bootstrap.servers</c>. Default: none.</summary>
    IReadOnlyDictionary<string, string> ClientProperties => RawSplit.NoProperties;

    /// <summary>
    /// How often the embedded host looks for new partitions; <see langword="null"/> = only at the start, as always where the source is
    /// bounded. Default 30 s. A trigger-driven host looks with each tick.
    /// </summary>
    TimeSpan? PartitionDiscoveryInterval => RawSplit.DefaultDiscoveryInterval;

    /// <summary>Creates the side that looks into the topics.</summary>
    /// <param name="context">The task.</param>
    IRawTopicReader CreateTopicReader(ConnectorContext context);

    /// <summary>
    /// The split that a partition is read by, in checkpoints and savepoints of every host; <see cref="PositionOf"/> is the way back.
    /// Default: <c>topic-partition</c>, with the position in a format of Millrace's.
    /// </summary>
    /// <param name="position">How far the partition has been read.</param>
    SourceSplit SplitAt(RawPosition position) => RawSplit.At(position);

    /// <summary>What a split says.</summary>
    /// <param name="split">What <see cref="SplitAt"/> gave, of this or an earlier version of the source.</param>
    RawPosition PositionOf(SourceSplit split) => RawSplit.PositionOf(split);

    /// <summary>Default: an enumerator that counts the partitions of <see cref="ISource.Topics"/> and finds where they begin.</summary>
    /// <param name="context">Names and services of the job.</param>
    ISplitEnumerator ISource.CreateEnumerator(ConnectorContext context) => new RawSplitEnumerator(this, context);
}

/// <summary>
/// A source for every host: a topic reader looks into partitions, a raw reader deserializes what lies there. On a trigger-driven host
/// (Azure Functions) a trigger brings the records of Kafka's topics and ticks read all others; the embedded host reads with an enumerator
/// and a reader made of the same two parts, which a source may replace with its own.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IRawRecordSource<T> : IRawRecordSource, ISource<T>
{
    /// <summary>Creates the deserializing side.</summary>
    /// <param name="context">Names and services of the task.</param>
    IRawRecordReader<T> CreateRawReader(ConnectorContext context);

    /// <summary>
    /// Default: a reader made of <see cref="IRawRecordSource.CreateTopicReader"/> and <see cref="CreateRawReader"/>. Where nothing is new
    /// it asks again after 10 ms, then with pauses that double up to 1 s.
    /// </summary>
    /// <param name="context">Names and services of the task.</param>
    ISourceReader<T> ISource<T>.CreateReader(ConnectorContext context) => new RawSourceReader<T>(this, context);
}

/// <summary>Deserializes raw records. Used by one thread at a time.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IRawRecordReader<T> : IAsyncDisposable
{
    /// <summary>
    /// Appends what a raw record holds: one record, or none where it is left out. The source's policy for records that cannot be
    /// deserialized applies.
    /// </summary>
    /// <param name="record">The raw record.</param>
    /// <param name="output">A batch with room for at least one record; others may be in it already.</param>
    void Read(RawRecord record, RecordBatch<T> output);

    /// <summary>
    /// Writes dead letters of the records read so far, and returns when they are acknowledged: they belong to the same commit. Where
    /// something fails before, the reader is disposed instead, and the records are read again by another. Default: at once.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>How far a partition has been read.</summary>
/// <param name="Topic">Name of the topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">Offset of the next record; -1 = wherever the source's starting offsets say.</param>
public readonly record struct RawPosition(string Topic, int Partition, long Offset)
{
    /// <summary>The topic's id, which tells it from one of the same name that was created before or after it; empty = not known.</summary>
    public Guid TopicId { get; init; }

    /// <summary>
    /// Offset of the first record that is not to be read any more; <see langword="null"/>, the default, = read on for ever.
    /// </summary>
    public long? Stop { get; init; }
}
