using System.Globalization;
using Millrace.Batches;
using Millrace.Time;

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

/// <summary>Puts all records into one bucket, the sink's path (Flink's <c>BasePathBucketAssigner</c>).</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class BasePathBucketAssigner<T> : IBucketAssigner<T>
{
    /// <inheritdoc/>
    public string BucketOf(T value, long timestamp) => "";
}

/// <summary>
/// Puts records into buckets by their event time in UTC (Flink's <c>DateTimeBucketAssigner</c>, which goes by the clock: the same records
/// would then lie elsewhere after a failure). What lies before the year 1 or behind 9999 is in the bucket of the calendar's first or last
/// second.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <param name="format">Format of the bucket, to the second at most: .NET's custom format, <c>'dt='yyyy-MM-dd'/hm='HHmm</c>. Default:
/// <c>yyyy-MM-dd--HH</c>, as Flink's.</param>
public sealed class DateTimeBucketAssigner<T>(string format = "yyyy-MM-dd--HH") : IBucketAssigner<T>
{
    // One reference, so that tasks see a second and its bucket together.
    private Formatted _last = new(long.MinValue, "");

    /// <inheritdoc/>
    public string BucketOf(T value, long timestamp)
    {
        if (timestamp == RecordBatch.NoTimestamp)
        {
            throw new InvalidOperationException(
                "A record without a timestamp came to a DateTimeBucketAssigner; give the source a WatermarkStrategy with a timestamp "
                    + "assigner, or the sink another bucket assigner."
            );
        }

        long second = Math.DivRem(timestamp, 1_000, out long rest) - (rest < 0 ? 1 : 0);
        Formatted last = Volatile.Read(ref _last);
        if (last.Second != second)
        {
            string bucket = EventTime.ToNearestDate(timestamp).ToString(format, CultureInfo.InvariantCulture);
            last = new Formatted(second, bucket == last.Bucket ? last.Bucket : bucket);
            Volatile.Write(ref _last, last);
        }

        return last.Bucket;
    }

    private sealed record Formatted(long Second, string Bucket);
}
