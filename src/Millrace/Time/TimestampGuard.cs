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

/// <summary>
/// What the records ahead of a split say about it, a majority vote: each adds one to <paramref name="Count"/> where it agrees with
/// <paramref name="Time"/> and takes one away where it does not, and so does each record that is not ahead.
/// </summary>
/// <param name="Time">The time that is voted for.</param>
/// <param name="Count">The votes for it; 0 = none.</param>
internal readonly record struct TimestampVotes(long Time, int Count)
{
    /// <summary>A record that is ahead of its split.</summary>
    /// <param name="timestamp">Its timestamp.</param>
    /// <param name="reach">How far apart timestamps that agree may be.</param>
    public TimestampVotes With(long timestamp, long reach)
    {
        if (Count == 0)
        {
            return new TimestampVotes(timestamp, 1);
        }

        bool agrees = timestamp <= EventTime.Add(Time, reach) && Time <= EventTime.Add(timestamp, reach);
        return agrees ? new TimestampVotes(Math.Max(Time, timestamp), Count + 1) : Without(1);
    }

    /// <summary>Records that are not ahead.</summary>
    public TimestampVotes Without(int records) => records >= Count ? default : this with { Count = Count - records };
}
