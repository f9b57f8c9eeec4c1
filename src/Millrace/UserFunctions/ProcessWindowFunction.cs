using Millrace.State;
using Millrace.Windows;

namespace Millrace.UserFunctions;

/// <summary>
/// Evaluates a window (Flink's <c>ProcessWindowFunction</c>): of all its records, or of the one result of an incremental aggregate.
/// </summary>
/// <typeparam name="TIn">Type of the records or of the aggregate's result.</typeparam>
/// <typeparam name="TOut">Type of the results.</typeparam>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public abstract class ProcessWindowFunction<TIn, TOut, TKey, TWindow> : RichFunction
    where TWindow : struct, IWindow
{
    /// <summary>Evaluates a window; called each time it fires.</summary>
    /// <param name="key">The key.</param>
    /// <param name="context">The window, time, state, side outputs; valid during the call.</param>
    /// <param name="elements">The records, or the aggregate's result; valid during the call.</param>
    /// <param name="output">Takes the results, whose timestamp is the window's largest.</param>
    public abstract void Process(TKey key, IProcessWindowContext<TWindow> context, IReadOnlyList<TIn> elements, Collector<TOut> output);

    /// <summary>The window is gone: clears its per-window state.</summary>
    /// <param name="context">The window and its state.</param>
    public virtual void Clear(IProcessWindowContext<TWindow> context) { }
}

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
