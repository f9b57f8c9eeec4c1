namespace Millrace.Time;

/// <summary>
/// Tells how far event time has come, from the records of one split (Flink's <c>WatermarkGenerator</c>, batch by batch). One instance per
/// split; all calls come from the source task's thread.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IWatermarkGenerator<T>
{
    /// <summary>Sees each batch once, in order, before its records are passed on.</summary>
    /// <param name="values">The records.</param>
    /// <param name="timestamps">Their event timestamps, in milliseconds since the Unix epoch.</param>
    /// <param name="watermark">The split's watermark so far; raise it to W when no record with a timestamp &lt;= W will follow this batch.
    /// A lower value is ignored.</param>
    void OnBatch(ReadOnlySpan<T> values, ReadOnlySpan<long> timestamps, ref long watermark);

    /// <summary>Called every <c>AutoWatermarkInterval</c> of the job, whether or not records came.</summary>
    /// <param name="watermark">As in <see cref="OnBatch"/>.</param>
    void OnPeriodicEmit(ref long watermark);
}
