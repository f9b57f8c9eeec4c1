using System.Runtime.CompilerServices;
using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>Says what has expired and what to renew.</summary>
internal sealed class TtlClock(StateTtlConfig config, Func<long> now)
{
    private readonly long _timeToLive = (long)config.TimeToLive.TotalMilliseconds;

    public bool RenewsOnRead { get; } = config.UpdateType == TtlUpdateType.OnReadAndWrite;

    public bool ShowsExpired { get; } = config.Visibility == TtlVisibility.ReturnExpiredIfNotCleanedUp;

    public int EntriesPerAccess { get; } = config.CleanupEntriesPerAccess;

    public Expiring<T> Stamp<T>(T value) => new(value, now());

    public bool IsExpired(long renewedAt) => now() - renewedAt >= _timeToLive;

    /// <summary>Whether a value may be returned, after renewing it if reading does that.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool IsAlive<T>(ref Expiring<T> value)
    {
        if (IsExpired(value.RenewedAt))
        {
            return false;
        }

        if (RenewsOnRead)
        {
            value = Stamp(value.Value);
        }

        return true;
    }
}
