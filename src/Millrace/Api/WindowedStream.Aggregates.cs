using System.Numerics;
using Millrace.Windows;

namespace Millrace.Api;

/// <content>Ready-made aggregates.</content>
public sealed partial class WindowedStream<TKey, T, TWindow>
{
    /// <summary>Counts the records of each key and window.</summary>
    public SingleOutputStreamOperator<WindowResult<TKey, TWindow, long>> Count() => Aggregate(Aggregates.Count<T>(), ResultOf);

    /// <summary>Adds up what is selected of the records of each key and window.</summary>
    /// <typeparam name="TNumber">Type of the summands and of the sum.</typeparam>
    /// <param name="selector">From a record to its summand.</param>
    public SingleOutputStreamOperator<WindowResult<TKey, TWindow, TNumber>> Sum<TNumber>(Func<T, TNumber> selector)
        where TNumber : INumber<TNumber> => Aggregate(Aggregates.Sum(selector), ResultOf);

    /// <summary>The arithmetic mean of what is selected of the records of each key and window.</summary>
    /// <typeparam name="TNumber">Type of what is averaged.</typeparam>
    /// <param name="selector">From a record to its number.</param>
    public SingleOutputStreamOperator<WindowResult<TKey, TWindow, double>> Average<TNumber>(Func<T, TNumber> selector)
        where TNumber : INumber<TNumber> => Aggregate(Aggregates.Average(selector), ResultOf);

    /// <summary>The least of what is selected of the records of each key and window.</summary>
    /// <typeparam name="TValue">Type of what is compared.</typeparam>
    /// <param name="selector">From a record to its value.</param>
    public SingleOutputStreamOperator<WindowResult<TKey, TWindow, TValue?>> Min<TValue>(Func<T, TValue> selector)
        where TValue : IComparable<TValue> => Aggregate(Aggregates.Min(selector), ResultOf);

    /// <summary>The greatest of what is selected of the records of each key and window.</summary>
    /// <typeparam name="TValue">Type of what is compared.</typeparam>
    /// <param name="selector">From a record to its value.</param>
    public SingleOutputStreamOperator<WindowResult<TKey, TWindow, TValue?>> Max<TValue>(Func<T, TValue> selector)
        where TValue : IComparable<TValue> => Aggregate(Aggregates.Max(selector), ResultOf);

    /// <summary>The record with the least value of each key and window.</summary>
    /// <typeparam name="TValue">Type of what is compared.</typeparam>
    /// <param name="selector">From a record to its value.</param>
    public SingleOutputStreamOperator<WindowResult<TKey, TWindow, T?>> MinBy<TValue>(Func<T, TValue> selector)
        where TValue : IComparable<TValue> => Aggregate(Aggregates.MinBy(selector), ResultOf);

    /// <summary>The record with the greatest value of each key and window.</summary>
    /// <typeparam name="TValue">Type of what is compared.</typeparam>
    /// <param name="selector">From a record to its value.</param>
    public SingleOutputStreamOperator<WindowResult<TKey, TWindow, T?>> MaxBy<TValue>(Func<T, TValue> selector)
        where TValue : IComparable<TValue> => Aggregate(Aggregates.MaxBy(selector), ResultOf);

    /// <summary>The records with the greatest values of each key and window, the greatest first.</summary>
    /// <typeparam name="TValue">Type of what is compared.</typeparam>
    /// <param name="count">How many.</param>
    /// <param name="selector">From a record to its value.</param>
    public SingleOutputStreamOperator<WindowResult<TKey, TWindow, IReadOnlyList<T>>> TopN<TValue>(int count, Func<T, TValue> selector)
        where TValue : IComparable<TValue> => Aggregate(Aggregates.TopN(count, selector), ResultOf);

    /// <summary>Counts the different values of each key and window, exactly: keeps each of them in state.</summary>
    /// <typeparam name="TValue">Type of the values.</typeparam>
    /// <param name="selector">From a record to its value.</param>
    public SingleOutputStreamOperator<WindowResult<TKey, TWindow, long>> CountDistinct<TValue>(Func<T, TValue> selector) =>
        Aggregate(Aggregates.CountDistinct(selector), ResultOf);

    /// <summary>Quantiles of what is selected of the records of each key and window, each right to one part in a hundred.</summary>
    /// <param name="selector">From a record to its value.</param>
    /// <param name="quantiles">Which: 0 to 1.</param>
    public SingleOutputStreamOperator<WindowResult<TKey, TWindow, IReadOnlyList<double>>> Quantiles(
        Func<T, double> selector,
        params double[] quantiles
    ) => Aggregate(Aggregates.Quantiles(selector, quantiles), ResultOf);

    private static WindowResult<TKey, TWindow, TValue> ResultOf<TValue>(TKey key, TWindow window, TValue value) => new(key, window, value);
}

/// <summary>A result of a key and a window.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
/// <typeparam name="TValue">Type of the results.</typeparam>
/// <param name="Key">The key.</param>
/// <param name="Window">The window.</param>
/// <param name="Value">The result.</param>
public readonly record struct WindowResult<TKey, TWindow, TValue>(TKey Key, TWindow Window, TValue Value);
