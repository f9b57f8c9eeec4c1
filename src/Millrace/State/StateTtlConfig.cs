namespace Millrace.State;

/// <summary>
/// How values of a state expire, in processing time (Flink's <c>StateTtlConfig</c>). Elements of lists and entries of maps expire one by
/// one.
/// </summary>
public sealed record StateTtlConfig
{
    /// <summary>Creates a configuration.</summary>
    /// <param name="timeToLive">How long a value lives; at least 1 ms.</param>
    public StateTtlConfig(TimeSpan timeToLive)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(timeToLive, TimeSpan.FromMilliseconds(1));
        TimeToLive = timeToLive;
    }

    /// <summary>How long a value lives.</summary>
    public TimeSpan TimeToLive { get; }

    /// <summary>What makes a value young again; default: its creation and every write.</summary>
    public TtlUpdateType UpdateType { get; init; } = TtlUpdateType.OnCreateAndWrite;

    /// <summary>Whether an expired value that is still there is returned; default: never.</summary>
    public TtlVisibility Visibility { get; init; } = TtlVisibility.NeverReturnExpired;

    /// <summary>
    /// How many entries are looked at for expiry at each access of the state; 0 = none. Default 5. Expired values are also removed when
    /// they are read and left out of checkpoints.
    /// </summary>
    public int CleanupEntriesPerAccess { get; init; } = 5;
}

/// <summary>What starts a value's life again.</summary>
public enum TtlUpdateType
{
    /// <summary>Its creation and every write.</summary>
    OnCreateAndWrite,

    /// <summary>Every write and every read.</summary>
    OnReadAndWrite,
}

/// <summary>Whether expired values can be seen.</summary>
public enum TtlVisibility
{
    /// <summary>An expired value is gone at once.</summary>
    NeverReturnExpired,

    /// <summary>An expired value may be returned as long as it has not been cleaned up.</summary>
    ReturnExpiredIfNotCleanedUp,
}
