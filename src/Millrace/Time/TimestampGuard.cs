namespace Millrace.Time;

/// <summary>
/// Which timestamps a strategy believes (<see cref="WatermarkStrategy{T}.WithMaxTimestampAdvance"/>,
/// <see cref="WatermarkStrategy{T}.WithMaxTimestampAheadOfClock"/>).
/// </summary>
/// <param name="MaxAdvance">How far a record may be ahead of its split, in milliseconds; <see cref="long.MaxValue"/> = any.</param>
/// <param name="ConfirmedBy">How many votes make a split believe that time has jumped.</param>
/// <param name="MaxAheadOfClock">How far a record may be ahead of the clock, in milliseconds; <see cref="long.MaxValue"/> = any.</param>
/// <param name="SideOutput">Id of the side output that takes what is not believed; <see langword="null"/> = it stays in the stream.</param>
internal sealed record TimestampGuard(long MaxAdvance, int ConfirmedBy, long MaxAheadOfClock, string? SideOutput)
{
    public static readonly TimestampGuard None = new(long.MaxValue, int.MaxValue, long.MaxValue, null);

    /// <summary>The highest timestamp that the split believes.</summary>
    /// <param name="newest">The newest timestamp that the split has believed; <see cref="long.MinValue"/> before the first.</param>
    public long SplitLimit(long newest) =>
        newest == long.MinValue || MaxAdvance == long.MaxValue ? long.MaxValue : EventTime.Add(newest, MaxAdvance);

    /// <summary>The highest timestamp that the clock allows.</summary>
    public long ClockLimit(long now) => EventTime.Add(now, MaxAheadOfClock);
}
