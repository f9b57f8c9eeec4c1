using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Api;

/// <summary>A stream without keys cut into windows, evaluated in a single task (Flink's <c>AllWindowedStream</c>). Immutable.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public sealed class AllWindowedStream<T, TWindow>
    where TWindow : struct, IWindow
{
    private readonly WindowedStream<byte, T, TWindow> _windowed;

    internal AllWindowedStream(WindowedStream<byte, T, TWindow> windowed) => _windowed = windowed;

    /// <summary>Keeps windows open for late records.</summary>
    /// <param name="allowedLateness">How long, in event time.</param>
    public AllWindowedStream<T, TWindow> AllowedLateness(TimeSpan allowedLateness) => new(_windowed.AllowedLateness(allowedLateness));

    /// <summary>Sends records that are too late to a side output.</summary>
    /// <param name="tag">The side output.</param>
    public AllWindowedStream<T, TWindow> SideOutputLateData(OutputTag<T> tag) => new(_windowed.SideOutputLateData(tag));

    /// <summary>Sets when windows are evaluated.</summary>
    /// <param name="trigger">The trigger.</param>
    public AllWindowedStream<T, TWindow> Trigger(Trigger trigger) => new(_windowed.Trigger(trigger));

    /// <summary>Drops records of a window around its evaluation.</summary>
    /// <param name="evictor">The evictor.</param>
    public AllWindowedStream<T, TWindow> Evictor(Evictor evictor) => new(_windowed.Evictor(evictor));

    /// <summary>Combines the records of each window, two at a time.</summary>
    /// <param name="reducer">Combines two records; associative.</param>
    public SingleOutputStreamOperator<T> Reduce(Func<T, T, T> reducer) => InOneTask(_windowed.Reduce(reducer));

    /// <summary>Aggregates the records of each window as they come.</summary>
    /// <typeparam name="TAcc">Type of the accumulator.</typeparam>
    /// <typeparam name="TResult">Type of the result.</typeparam>
    /// <param name="aggregate">The aggregate.</param>
    public SingleOutputStreamOperator<TResult> Aggregate<TAcc, TResult>(IAggregateFunction<T, TAcc, TResult> aggregate) =>
        InOneTask(_windowed.Aggregate(aggregate));

    /// <summary>Aggregates the records of each window as they come and makes a record of window and result.</summary>
    /// <typeparam name="TAcc">Type of the accumulator.</typeparam>
    /// <typeparam name="TResult">Type of the result.</typeparam>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="selector">From window and result to the record to emit.</param>
    public SingleOutputStreamOperator<TOut> Aggregate<TAcc, TResult, TOut>(
        IAggregateFunction<T, TAcc, TResult> aggregate,
        Func<TWindow, TResult, TOut> selector
    )
    {
        ArgumentNullException.ThrowIfNull(selector);
        return InOneTask(_windowed.Aggregate(aggregate, (_, window, result) => selector(window, result)));
    }

    /// <summary>Gives all records of each window to a function.</summary>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="function">From window and records to any number of results.</param>
    public SingleOutputStreamOperator<TOut> Apply<TOut>(Action<TWindow, IReadOnlyList<T>, Collector<TOut>> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return InOneTask(_windowed.Apply<TOut>((_, window, values, output) => function(window, values, output)));
    }

    private static SingleOutputStreamOperator<TOut> InOneTask<TOut>(SingleOutputStreamOperator<TOut> windows)
    {
        windows.Node.IsSingleTask = true;
        return windows;
    }
}
