using System.Collections;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Api;

/// <summary>
/// Query syntax over streams: <c>where</c>, <c>select</c>, several <c>from</c>s, and, within windows, <c>join</c> and <c>group</c>. Each
/// clause is an operator, the same that the method of its name adds.
/// <code>
/// from trade in trades.Within(TumblingEventTimeWindows.Of(TimeSpan.FromMinutes(1)))
/// where trade.Volume > 0
/// group trade by trade.Symbol into minute
/// select new Volume(minute.Key, minute.Window.End, minute.Sum(trade => trade.Volume))
/// </code>
/// </summary>
public static class StreamQueries
{
    /// <summary>One record out for each record in: <see cref="DataStream{T}.Map{TOut}(Func{T, TOut})"/>.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="stream">The stream.</param>
    /// <param name="selector">From a record to its result.</param>
    public static SingleOutputStreamOperator<TOut> Select<T, TOut>(this DataStream<T> stream, Func<T, TOut> selector)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.Map(selector);
    }

    /// <summary>Keeps the records that fulfil a condition: <see cref="DataStream{T}.Filter(Func{T, bool})"/>.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="stream">The stream.</param>
    /// <param name="predicate">Whether to keep a record.</param>
    public static SingleOutputStreamOperator<T> Where<T>(this DataStream<T> stream, Func<T, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(stream);
        return stream.Filter(predicate);
    }

    /// <summary>Any number of records out for each record in.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <typeparam name="TPart">Type of what a record has several of.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="stream">The stream.</param>
    /// <param name="parts">What a record has several of.</param>
    /// <param name="selector">From a record and one of them to a result.</param>
    public static SingleOutputStreamOperator<TOut> SelectMany<T, TPart, TOut>(
        this DataStream<T> stream,
        Func<T, IEnumerable<TPart>> parts,
        Func<T, TPart, TOut> selector
    )
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(selector);
        return stream.FlatMap<TOut>(
            (value, output) =>
            {
                foreach (TPart part in parts(value))
                {
                    output.Collect(selector(value, part));
                }
            }
        );
    }

    /// <summary>Cuts what follows, a <c>join</c> or a <c>group</c>, into windows.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <typeparam name="TWindow">Type of the windows.</typeparam>
    /// <param name="stream">The stream.</param>
    /// <param name="assigner">Which windows a record belongs to.</param>
    public static WindowedQuery<T, TWindow> Within<T, TWindow>(this DataStream<T> stream, WindowAssigner<TWindow> assigner)
        where TWindow : struct, IWindow
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(assigner);
        return new WindowedQuery<T, TWindow>(stream, assigner);
    }
}

/// <summary>A stream whose next <c>join</c> or <c>group</c> is within windows. Immutable.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public sealed class WindowedQuery<T, TWindow>
    where TWindow : struct, IWindow
{
    private readonly DataStream<T> _stream;
    private readonly WindowAssigner<TWindow> _assigner;

    internal WindowedQuery(DataStream<T> stream, WindowAssigner<TWindow> assigner)
    {
        _stream = stream;
        _assigner = assigner;
    }

    /// <summary>One record out for each record in.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="selector">From a record to its result.</param>
    public WindowedQuery<TOut, TWindow> Select<TOut>(Func<T, TOut> selector) => new(_stream.Map(selector), _assigner);

    /// <summary>Keeps the records that fulfil a condition.</summary>
    /// <param name="predicate">Whether to keep a record.</param>
    public WindowedQuery<T, TWindow> Where(Func<T, bool> predicate) => new(_stream.Filter(predicate), _assigner);

    /// <summary>An inner join with the records of another stream that have the same key in the same window.</summary>
    /// <typeparam name="TOther">Type of the other stream's records.</typeparam>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="other">The other stream.</param>
    /// <param name="key">From a record to its key.</param>
    /// <param name="otherKey">From a record of the other stream to its key.</param>
    /// <param name="selector">From a pair to its result.</param>
    public SingleOutputStreamOperator<TOut> Join<TOther, TKey, TOut>(
        DataStream<TOther> other,
        Func<T, TKey> key,
        Func<TOther, TKey> otherKey,
        Func<T, TOther, TOut> selector
    )
        where TKey : notnull => _stream.Join(other).Where(key).EqualTo(otherKey).Window(_assigner).Apply(selector);

    /// <summary>The records of each key and window. All of them are kept in state until the window ends.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <param name="key">From a record to its key.</param>
    public WindowGroups<TKey, T, TWindow> GroupBy<TKey>(Func<T, TKey> key)
        where TKey : notnull => new(_stream.KeyBy(key).Window(_assigner));
}

/// <summary>The groups of a query, of a key and a window each. Immutable.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="T">Type of the records.</typeparam>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public sealed class WindowGroups<TKey, T, TWindow>
    where TKey : notnull
    where TWindow : struct, IWindow
{
    private readonly WindowedStream<TKey, T, TWindow> _windows;
    private readonly Func<WindowGroup<TKey, T, TWindow>, bool>? _predicate;

    internal WindowGroups(WindowedStream<TKey, T, TWindow> windows, Func<WindowGroup<TKey, T, TWindow>, bool>? predicate = null)
    {
        _windows = windows;
        _predicate = predicate;
    }

    /// <summary>Keeps the groups that fulfil a condition.</summary>
    /// <param name="predicate">Whether to keep a group.</param>
    public WindowGroups<TKey, T, TWindow> Where(Func<WindowGroup<TKey, T, TWindow>, bool> predicate)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        Func<WindowGroup<TKey, T, TWindow>, bool>? before = _predicate;
        return new WindowGroups<TKey, T, TWindow>(_windows, before is null ? predicate : group => before(group) && predicate(group));
    }

    /// <summary>One record of each group, when its window ends.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="selector">From a group to its result.</param>
    public SingleOutputStreamOperator<TOut> Select<TOut>(Func<WindowGroup<TKey, T, TWindow>, TOut> selector)
    {
        ArgumentNullException.ThrowIfNull(selector);
        Func<WindowGroup<TKey, T, TWindow>, bool>? predicate = _predicate;
        return _windows.Apply<TOut>(
            (key, window, values, output) =>
            {
                WindowGroup<TKey, T, TWindow> group = new(key, window, values);
                if (predicate?.Invoke(group) != false)
                {
                    output.Collect(selector(group));
                }
            }
        );
    }
}

/// <summary>The records of a key and a window, in the order in which they came.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="T">Type of the records.</typeparam>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public sealed class WindowGroup<TKey, T, TWindow> : IGrouping<TKey, T>, IReadOnlyCollection<T>
{
    private readonly IReadOnlyList<T> _values;

    internal WindowGroup(TKey key, TWindow window, IReadOnlyList<T> values)
    {
        Key = key;
        Window = window;
        _values = values;
    }

    /// <summary>The key.</summary>
    public TKey Key { get; }

    /// <summary>The window.</summary>
    public TWindow Window { get; }

    /// <inheritdoc/>
    public int Count => _values.Count;

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
