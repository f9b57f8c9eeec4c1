namespace Millrace.Connectors;

/// <summary>
/// Says which bucket of a <see cref="FileSink{T}"/> a record belongs to (Flink's <c>BucketAssigner</c>). Must be deterministic. Used by
/// many tasks at once.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IBucketAssigner<in T>
{
    /// <summary>The bucket: a directory below the sink's path, such as <c>dt=2015-07-15/hm=1305</c>; empty = the path itself.</summary>
    /// <param name="value">The record.</param>
    /// <param name="timestamp">Its timestamp in milliseconds since the Unix epoch, or
    /// <see cref="Batches.RecordBatch.NoTimestamp"/>.</param>
    string BucketOf(T value, long timestamp);
}
