using Millrace.Batches;

namespace Millrace.Connectors;

/// <summary>
/// A source that a trigger-driven host (Azure Functions) can run: the host brings the raw records of its topics, the source deserializes
/// them.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IRawRecordSource<T> : ISource<T>
{
    /// <summary>Topics, in a stable order: append new ones at the end, channels are numbered by it.</summary>
    IReadOnlyList<string> Topics { get; }

    /// <summary>The consumer group that the trigger uses; <see langword="null"/> = the job's name.</summary>
    string? GroupId { get; }

    /// <summary>Properties of the client, such as <c>bootstrap.servers</c>.</summary>
    IReadOnlyDictionary<string, string> ClientProperties { get; }

    /// <summary>Where records go that cannot be deserialized; <see langword="null"/> = nowhere.</summary>
    string? DeadLetterTopic => null;

    /// <summary>Creates the deserializing side.</summary>
    /// <param name="context">Names and services of the task.</param>
    IRawRecordReader<T> CreateRawReader(ConnectorContext context);

    /// <summary>Creates the side that looks into the topics.</summary>
    /// <param name="context">The task.</param>
    IRawTopicReader CreateTopicReader(ConnectorContext context);

    /// <summary>The split that other hosts read a partition by, for savepoints.</summary>
    /// <param name="position">How far the partition has been read.</param>
    SourceSplit SplitAt(RawPosition position);

    /// <summary>What a split of a savepoint says.</summary>
    /// <param name="split">The split.</param>
    RawPosition PositionOf(SourceSplit split);
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
    /// <param name="output">An empty batch with room for at least one record.</param>
    void Read(RawRecord record, RecordBatch<T> output);

    /// <summary>Returns when dead letters of the records read so far are acknowledged: they belong to the same commit.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task FlushAsync(CancellationToken cancellationToken);
}

/// <summary>How far a partition has been read.</summary>
/// <param name="Topic">The topic.</param>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">Offset of the next record; -1 = wherever the source's starting offsets say.</param>
public readonly record struct RawPosition(string Topic, int Partition, long Offset)
{
    /// <summary>The topic's id, which tells it from one of the same name that was created before or after it; empty = not known.</summary>
    public Guid TopicId { get; init; }
}
