using System.Numerics;
using Millrace.Operators.Process;
using Millrace.Serialization;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Api;

/// <content>Functions with state and timers, and rolling reductions.</content>
public sealed partial class KeyedStream<TKey, T>
{
    /// <summary>
    /// Handles records one by one with state and timers per key. Each task works with a copy of the function, its arrays, plain collections
    /// and plain data included.
    /// </summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="function">The function.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(KeyedProcessFunction<TKey, T, TOut> function) =>
        Process(FunctionFactory.CopyOf(function)).Using(function);

    /// <summary>Handles records one by one with state and timers per key.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="factory">Makes a function for each task.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(Func<KeyedProcessFunction<TKey, T, TOut>> factory)
    {
        Func<KeyedProcessFunction<TKey, T, TOut>> create = FunctionFactory.Checked(factory);
        return Transform(
            "KeyedProcess",
            () => new KeyedProcessOperator<TKey, T, TOut>(create(), Spec.Hasher, Spec.Serializer),
            isStateful: true
        );
    }

    /// <inheritdoc/>
    private protected override SingleOutputStreamOperator<TOut> PerRecord<TFunction, TOut>(
        string name,
        Func<TFunction> factory,
        Func<TFunction, Action<T, Collector<TOut>>> bind
    )
    {
        Func<TFunction> create = FunctionFactory.Checked(factory);
        return Transform(
            name,
            () =>
            {
                TFunction function = create();
                KeyedRecordFunction<TKey, T, TOut> keyed = new(function, bind(function));
                return new KeyedProcessOperator<TKey, T, TOut>(keyed, Spec.Hasher, Spec.Serializer);
            },
            isStateful: true
        );
    }

    /// <summary>A rolling reduce: combines each record with what the earlier ones of its key were reduced to, and emits that.</summary>
    /// <param name="reducer">Combines two records; associative.</param>
    public SingleOutputStreamOperator<T> Reduce(Func<T, T, T> reducer)
    {
        ArgumentNullException.ThrowIfNull(reducer);
        TypeSerializer<T> values = TypeSerializers.For<T>();
        return Transform(
            "KeyedReduce",
            () => new KeyedReduceOperator<TKey, T>(reducer, Spec.Hasher, Spec.Serializer, values),
            isStateful: true
        );
    }

    /// <summary>With each record, the first one of its key so far with the smallest value.</summary>
    /// <typeparam name="TValue">What is compared.</typeparam>
    /// <param name="selector">From a record to the value.</param>
    public SingleOutputStreamOperator<T> MinBy<TValue>(Func<T, TValue> selector)
        where TValue : IComparable<TValue>
    {
        ArgumentNullException.ThrowIfNull(selector);
        return Reduce((left, right) => selector(right).CompareTo(selector(left)) < 0 ? right : left);
    }

    /// <summary>With each record, the first one of its key so far with the largest value.</summary>
    /// <typeparam name="TValue">What is compared.</typeparam>
    /// <param name="selector">From a record to the value.</param>
    public SingleOutputStreamOperator<T> MaxBy<TValue>(Func<T, TValue> selector)
        where TValue : IComparable<TValue>
    {
        ArgumentNullException.ThrowIfNull(selector);
        return Reduce((left, right) => selector(right).CompareTo(selector(left)) > 0 ? right : left);
    }

    /// <summary>With each record, the key and the sum of a value over its records so far.</summary>
    /// <typeparam name="TNumber">Type of the value.</typeparam>
    /// <param name="selector">From a record to the value.</param>
    public SingleOutputStreamOperator<KeyValuePair<TKey, TNumber>> Sum<TNumber>(Func<T, TNumber> selector)
        where TNumber : INumber<TNumber>
    {
        ArgumentNullException.ThrowIfNull(selector);
        return Process(() => new RollingSum<TKey, T, TNumber>(selector));
    }

    /// <summary>Windows of a number of records each, per key.</summary>
    /// <param name="size">Number of records of a window.</param>
    public WindowedStream<TKey, T, GlobalWindow> CountWindow(long size) =>
        Window(GlobalWindows.Create()).Trigger(PurgingTrigger.Of(CountTrigger.Of(size)));

    /// <summary>Sliding windows of a number of records, per key.</summary>
    /// <param name="size">Number of records of a window.</param>
    /// <param name="slide">After how many records a window is evaluated.</param>
    public WindowedStream<TKey, T, GlobalWindow> CountWindow(long size, long slide) =>
        Window(GlobalWindows.Create()).Evictor(CountEvictor.Of(size)).Trigger(CountTrigger.Of(slide));
}
