namespace Millrace.Connectors;

/// <summary>Puts all records into one bucket, the sink's path (Flink's <c>BasePathBucketAssigner</c>).</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class BasePathBucketAssigner<T> : IBucketAssigner<T>
{
    /// <inheritdoc/>
    public string BucketOf(T value, long timestamp) => "";
}
