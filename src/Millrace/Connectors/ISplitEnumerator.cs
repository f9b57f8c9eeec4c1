namespace Millrace.Connectors;

/// <summary>Finds the splits of a source, at the start and, for sources that grow, again and again.</summary>
public interface ISplitEnumerator : IAsyncDisposable
{
    /// <summary>How often to look for new splits; <see langword="null"/> = only at the start. Asked again after each discovery.</summary>
    TimeSpan? DiscoveryInterval { get; }

    /// <summary>Lists all splits there are. Splits that a checkpoint already knows keep the position they have there.</summary>
    /// <param name="isInitial"><see langword="true"/> when the source starts without state: new splits begin where the source's initial
    /// position says, which is to be resolved here, so that a checkpoint holds what it meant then. <see langword="false"/> for later
    /// discoveries, also after a restore from a checkpoint in which the source had no split yet: what appears then is new and begins at its
    /// earliest position, so that nothing is skipped (Flink's <c>KafkaSourceEnumerator</c>, FLIP-288).</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<SourceSplit>> DiscoverAsync(bool isInitial, CancellationToken cancellationToken);
}

/// <summary>
/// A part of a source that is read in order by one task at a time, such as a Kafka topic partition, together with how far it has been read.
/// </summary>
/// <param name="Id">Stable name of the split, unique in its source: <c>my_topic-3</c>.</param>
/// <param name="AssignmentHint">Spreads splits over tasks: the split goes to task <c>AssignmentHint mod parallelism</c>.</param>
/// <param name="Position">Where reading goes on, in the source's own format; empty for a split not yet started.</param>
public sealed record SourceSplit(string Id, int AssignmentHint, ReadOnlyMemory<byte> Position);
