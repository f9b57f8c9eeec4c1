using Millrace.State;

namespace Millrace.Windows;

/// <summary>What a trigger can see and do, for one key and window.</summary>
public interface ITriggerContext
{
    /// <summary>The operator's watermark; <see cref="long.MinValue"/> before the first.</summary>
    long CurrentWatermark { get; }

    /// <summary>Now, in processing time, milliseconds since the Unix epoch.</summary>
    long CurrentProcessingTime { get; }

    /// <summary>Calls <c>OnEventTime</c> when the watermark has reached a time. Setting the same timer again changes nothing.</summary>
    /// <param name="time">The time.</param>
    void RegisterEventTimeTimer(long time);

    /// <summary>Calls <c>OnProcessingTime</c> when the clock has reached a time. Setting the same timer again changes nothing.</summary>
    /// <param name="time">The time.</param>
    void RegisterProcessingTimeTimer(long time);

    /// <summary>Takes an event-time timer back.</summary>
    /// <param name="time">The time it was set for.</param>
    void DeleteEventTimeTimer(long time);

    /// <summary>Takes a processing-time timer back.</summary>
    /// <param name="time">The time it was set for.</param>
    void DeleteProcessingTimeTimer(long time);

    /// <summary>State of the key and window.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="descriptor">Names the state.</param>
    IValueState<T> GetPartitionedState<T>(ValueStateDescriptor<T> descriptor);

    /// <summary>State of the key and window; merged by its reduce function when windows merge.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="descriptor">Names the state.</param>
    IReducingState<T> GetPartitionedState<T>(ReducingStateDescriptor<T> descriptor);
}
