namespace Millrace.Windows;

/// <summary>Time, as an evictor sees it.</summary>
/// <param name="CurrentWatermark">The operator's watermark.</param>
/// <param name="CurrentProcessingTime">Now, in processing time.</param>
public readonly record struct EvictorContext(long CurrentWatermark, long CurrentProcessingTime);
