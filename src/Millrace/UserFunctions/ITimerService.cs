namespace Millrace.UserFunctions;

/// <summary>Time and timers of the current key. A timer is set once per key and time, however often it is registered.</summary>
public interface ITimerService
{
    /// <summary>Now, in processing time, milliseconds since the Unix epoch.</summary>
    long CurrentProcessingTime { get; }

    /// <summary>The operator's watermark; <see cref="long.MinValue"/> before the first.</summary>
    long CurrentWatermark { get; }

    /// <summary>Calls <c>OnTimer</c> when the watermark has reached a time.</summary>
    /// <param name="time">Milliseconds since the Unix epoch.</param>
    void RegisterEventTimeTimer(long time);

    /// <summary>Calls <c>OnTimer</c> when the clock has reached a time.</summary>
    /// <param name="time">Milliseconds since the Unix epoch.</param>
    void RegisterProcessingTimeTimer(long time);

    /// <summary>Takes an event-time timer back.</summary>
    /// <param name="time">The time it was registered for.</param>
    void DeleteEventTimeTimer(long time);

    /// <summary>Takes a processing-time timer back.</summary>
    /// <param name="time">The time it was registered for.</param>
    void DeleteProcessingTimeTimer(long time);
}

/// <summary>Times of .NET beside milliseconds since the Unix epoch.</summary>
public static class TimerServiceExtensions
{
    extension(ITimerService timers)
    {
        /// <summary>Now, in processing time.</summary>
        public DateTimeOffset UtcNow => DateTimeOffset.FromUnixTimeMilliseconds(Checked(timers).CurrentProcessingTime);

        /// <summary>Calls <c>OnTimer</c> when the watermark has reached a time.</summary>
        /// <param name="time">The time; what it has of a millisecond is left out.</param>
        public void RegisterEventTimeTimer(DateTimeOffset time) => Checked(timers).RegisterEventTimeTimer(time.ToUnixTimeMilliseconds());

        /// <summary>Calls <c>OnTimer</c> when the clock has reached a time.</summary>
        /// <param name="time">The time; what it has of a millisecond is left out.</param>
        public void RegisterProcessingTimeTimer(DateTimeOffset time) =>
            Checked(timers).RegisterProcessingTimeTimer(time.ToUnixTimeMilliseconds());

        /// <summary>Calls <c>OnTimer</c> when some processing time has passed.</summary>
        /// <param name="delay">From now; what it has of a millisecond is left out.</param>
        public void RegisterProcessingTimeTimer(TimeSpan delay) =>
            Checked(timers).RegisterProcessingTimeTimer(timers.CurrentProcessingTime + (long)delay.TotalMilliseconds);

        /// <summary>Takes an event-time timer back.</summary>
        /// <param name="time">The time it was registered for.</param>
        public void DeleteEventTimeTimer(DateTimeOffset time) => Checked(timers).DeleteEventTimeTimer(time.ToUnixTimeMilliseconds());

        /// <summary>Takes a processing-time timer back.</summary>
        /// <param name="time">The time it was registered for.</param>
        public void DeleteProcessingTimeTimer(DateTimeOffset time) =>
            Checked(timers).DeleteProcessingTimeTimer(time.ToUnixTimeMilliseconds());
    }

    private static ITimerService Checked(ITimerService timers)
    {
        ArgumentNullException.ThrowIfNull(timers);
        return timers;
    }
}

/// <summary>Which time a timer follows.</summary>
public enum TimeDomain
{
    /// <summary>The watermark.</summary>
    EventTime,

    /// <summary>The clock.</summary>
    ProcessingTime,
}
