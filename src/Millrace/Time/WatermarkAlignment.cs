namespace Millrace.Time;

/// <summary>
/// Sources of a group wait for each other: a split whose watermark is more than <paramref name="MaxDrift"/> ahead of the group's lowest is
/// paused (FLIP-182, FLIP-217).
/// </summary>
/// <param name="Group">Name of the group; sources of a job with the same name are aligned.</param>
/// <param name="MaxDrift">How far a split may be ahead.</param>
/// <param name="UpdateInterval">How often the group's lowest watermark is taken.</param>
public sealed record WatermarkAlignment(string Group, TimeSpan MaxDrift, TimeSpan UpdateInterval);
