using Millrace.Operators.Windows;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Api;

/// <content>Functions that are made for each task.</content>
public sealed partial class WindowedStream<TKey, T, TWindow>
{
    /// <summary>
    /// Gives all records of each key and window to a window function. They are all kept in state until then; prefer an aggregate where it
    /// can be one.
    /// </summary>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="factory">Makes a function for each task.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(Func<ProcessWindowFunction<T, TOut, TKey, TWindow>> factory)
    {
        Func<ProcessWindowFunction<T, TOut, TKey, TWindow>> create = FunctionFactory.Checked(factory);
        return Evaluate("Process", new ListAggregate<T>(), () => new ListWindowFunction<TKey, TWindow, T, TOut>(create()));
    }

    /// <summary>Combines the records of each key and window, two at a time, and gives the result to a window function.</summary>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="reducer">Combines two records; associative.</param>
    /// <param name="factory">Makes a function for each task; it gets one element, the result.</param>
    public SingleOutputStreamOperator<TOut> Reduce<TOut>(Func<T, T, T> reducer, Func<ProcessWindowFunction<T, TOut, TKey, TWindow>> factory)
    {
        ArgumentNullException.ThrowIfNull(reducer);
        return ProcessResult("Reduce", new ReducingAggregate<T>(reducer), FunctionFactory.Checked(factory));
    }

    /// <summary>Aggregates the records of each key and window as they come and gives the result to a window function.</summary>
    /// <typeparam name="TAcc">Type of the accumulator.</typeparam>
    /// <typeparam name="TResult">Type of the result.</typeparam>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="factory">Makes a function for each task; it gets one element, the result.</param>
    public SingleOutputStreamOperator<TOut> Aggregate<TAcc, TResult, TOut>(
        IAggregateFunction<T, TAcc, TResult> aggregate,
        Func<ProcessWindowFunction<TResult, TOut, TKey, TWindow>> factory
    )
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return ProcessResult(NameOf(aggregate), aggregate, FunctionFactory.Checked(factory));
    }

    /// <summary>Aggregates the records of each key and window as they come; emits one result per key and window.</summary>
    /// <typeparam name="TAcc">Type of the accumulator.</typeparam>
    /// <typeparam name="TResult">Type of the result.</typeparam>
    /// <param name="factory">Makes an aggregate for each task, and one more, which tells whether it is commutative.</param>
    public SingleOutputStreamOperator<TResult> Aggregate<TAcc, TResult>(Func<IAggregateFunction<T, TAcc, TResult>> factory)
    {
        Func<IAggregateFunction<T, TAcc, TResult>> create = FunctionFactory.Checked(factory);
        IAggregateFunction<T, TAcc, TResult> aggregate = create();
        return Project(NameOf(aggregate), aggregate, new PassingWindowFunction<TKey, TWindow, TResult>(), create);
    }

    /// <summary>Aggregates the records of each key and window as they come and makes a record of key, window and result.</summary>
    /// <typeparam name="TAcc">Type of the accumulator.</typeparam>
    /// <typeparam name="TResult">Type of the result.</typeparam>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="factory">Makes an aggregate for each task, and one more, which tells whether it is commutative.</param>
    /// <param name="selector">From key, window and result to the record to emit.</param>
    public SingleOutputStreamOperator<TOut> Aggregate<TAcc, TResult, TOut>(
        Func<IAggregateFunction<T, TAcc, TResult>> factory,
        Func<TKey, TWindow, TResult, TOut> selector
    )
    {
        Func<IAggregateFunction<T, TAcc, TResult>> create = FunctionFactory.Checked(factory);
        IAggregateFunction<T, TAcc, TResult> aggregate = create();
        return Select(NameOf(aggregate), aggregate, selector, create);
    }
}
