namespace Millrace.Connectors;

/// <summary>
/// A part of a source that is read in order by one task at a time, such as a Kafka topic partition, together with how far it has been read.
/// </summary>
/// <param name="Id">Stable name of the split, unique in its source: <c>my_topic-3</c>.</param>
/// <param name="AssignmentHint">Spreads splits over tasks: the split goes to task <c>AssignmentHint mod parallelism</c>.</param>
/// <param name="Position">Where reading goes on, in the source's own format; empty for a split not yet started.</param>
public sealed record SourceSplit(string Id, int AssignmentHint, ReadOnlyMemory<byte> Position);
