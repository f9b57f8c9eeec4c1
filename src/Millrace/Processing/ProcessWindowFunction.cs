using Millrace.Windows;

namespace Millrace.Processing;

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
