namespace Millrace.Time;

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
