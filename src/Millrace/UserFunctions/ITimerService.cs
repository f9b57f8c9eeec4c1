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

/// <summary>Which time a timer follows.</summary>
public enum TimeDomain
{
    /// <summary>The watermark.</summary>
    EventTime,

    /// <summary>The clock.</summary>
    ProcessingTime,
}
