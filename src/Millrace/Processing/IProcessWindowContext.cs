using Millrace.State;

namespace Millrace.Processing;

/// <summary>What a window function can see and do.</summary>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public interface IProcessWindowContext<TWindow>
{
    /// <summary>The window that is evaluated.</summary>
    TWindow Window { get; }

    /// <summary>Now, in processing time, milliseconds since the Unix epoch.</summary>
    long CurrentProcessingTime { get; }

    /// <summary>The operator's watermark.</summary>
    long CurrentWatermark { get; }

    /// <summary>
    /// State of the key and this window. Clear it in <c>Clear</c>. Not available with merging windows (sessions), as in Flink.
    /// </summary>
    IKeyedStateStore WindowState { get; }

    /// <summary>State of the key, over all its windows.</summary>
    IKeyedStateStore GlobalState { get; }

    /// <summary>Emits a record to a side output.</summary>
    /// <typeparam name="T">Type of the record.</typeparam>
    /// <param name="tag">The side output.</param>
    /// <param name="value">The record.</param>
    void Output<T>(OutputTag<T> tag, T value);
}
