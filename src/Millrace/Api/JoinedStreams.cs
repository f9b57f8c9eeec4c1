using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Api;

/// <summary>Two streams to be joined or co-grouped per key and window (Flink's <c>JoinedStreams</c> and <c>CoGroupedStreams</c>).</summary>
/// <typeparam name="T1">Type of the first stream's records.</typeparam>
/// <typeparam name="T2">Type of the second stream's records.</typeparam>
public sealed class JoinedStreams<T1, T2>
{
    private readonly DataStream<T1> _first;
    private readonly DataStream<T2> _second;

    internal JoinedStreams(DataStream<T1> first, DataStream<T2> second)
    {
        _first = first;
        _second = second;
    }

    /// <summary>Gives the key of the first stream's records; <c>EqualTo</c> gives the other's.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <param name="firstKey">From a record of the first stream to its key.</param>
    public JoinedStreamsWhere<TKey, T1, T2> Where<TKey>(Func<T1, TKey> firstKey)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(firstKey);
        return new JoinedStreamsWhere<TKey, T1, T2>(this, firstKey);
    }

    /// <summary>Gives the keys that the join compares.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <param name="firstKey">From a record of the first stream to its key.</param>
    /// <param name="secondKey">From a record of the second stream to its key.</param>
    public JoinedKeyedStreams<TKey, T1, T2> Where<TKey>(Func<T1, TKey> firstKey, Func<T2, TKey> secondKey)
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(firstKey);
        ArgumentNullException.ThrowIfNull(secondKey);
        DataStream<Tagged<T1, T2>> first = _first.Map(value => new Tagged<T1, T2>(IsFirst: true, value, default));
        DataStream<Tagged<T1, T2>> second = _second.Map(value => new Tagged<T1, T2>(IsFirst: false, default, value));
        return new JoinedKeyedStreams<TKey, T1, T2>(
            first.Union(second).KeyBy(value => value.IsFirst ? firstKey(value.First!) : secondKey(value.Second!))
        );
    }
}

/// <summary>Two streams to be joined, of which one has its key.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="T1">Type of the first stream's records.</typeparam>
/// <typeparam name="T2">Type of the second stream's records.</typeparam>
public sealed class JoinedStreamsWhere<TKey, T1, T2>
    where TKey : notnull
{
    private readonly JoinedStreams<T1, T2> _streams;
    private readonly Func<T1, TKey> _firstKey;

    internal JoinedStreamsWhere(JoinedStreams<T1, T2> streams, Func<T1, TKey> firstKey)
    {
        _streams = streams;
        _firstKey = firstKey;
    }

    /// <summary>Gives the key of the second stream's records.</summary>
    /// <param name="secondKey">From a record of the second stream to its key.</param>
    public JoinedKeyedStreams<TKey, T1, T2> EqualTo(Func<T2, TKey> secondKey) => _streams.Where(_firstKey, secondKey);
}

/// <summary>Two streams to be joined, with keys.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="T1">Type of the first stream's records.</typeparam>
/// <typeparam name="T2">Type of the second stream's records.</typeparam>
public sealed class JoinedKeyedStreams<TKey, T1, T2>
    where TKey : notnull
{
    private readonly KeyedStream<TKey, Tagged<T1, T2>> _both;

    internal JoinedKeyedStreams(KeyedStream<TKey, Tagged<T1, T2>> both) => _both = both;

    /// <summary>Gives the windows in which records meet.</summary>
    /// <typeparam name="TWindow">Type of the windows.</typeparam>
    /// <param name="assigner">The assigner.</param>
    public JoinedWindowedStreams<TKey, T1, T2, TWindow> Window<TWindow>(WindowAssigner<TWindow> assigner)
        where TWindow : struct, IWindow => new(_both.Window(assigner));
}

/// <summary>Two streams that meet per key and window.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="T1">Type of the first stream's records.</typeparam>
/// <typeparam name="T2">Type of the second stream's records.</typeparam>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public sealed class JoinedWindowedStreams<TKey, T1, T2, TWindow>
    where TKey : notnull
    where TWindow : struct, IWindow
{
    private readonly WindowedStream<TKey, Tagged<T1, T2>, TWindow> _windowed;

    internal JoinedWindowedStreams(WindowedStream<TKey, Tagged<T1, T2>, TWindow> windowed) => _windowed = windowed;

    /// <summary>Keeps windows open for late records.</summary>
    /// <param name="allowedLateness">How long, in event time.</param>
    public JoinedWindowedStreams<TKey, T1, T2, TWindow> AllowedLateness(TimeSpan allowedLateness) =>
        new(_windowed.AllowedLateness(allowedLateness));

    /// <summary>Sets when windows are evaluated.</summary>
    /// <param name="trigger">The trigger.</param>
    public JoinedWindowedStreams<TKey, T1, T2, TWindow> Trigger(Trigger trigger) => new(_windowed.Trigger(trigger));

    /// <summary>An inner join: one result for each pair of records with the same key in the same window.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="join">From a pair to its result.</param>
    public SingleOutputStreamOperator<TOut> Apply<TOut>(Func<T1, T2, TOut> join)
    {
        ArgumentNullException.ThrowIfNull(join);
        return Apply<TOut>(
            (_, _, first, second, output) =>
            {
                foreach (T1 left in first)
                {
                    foreach (T2 right in second)
                    {
                        output.Collect(join(left, right));
                    }
                }
            }
        );
    }

    /// <summary>
    /// Gives all records of a key and window, of both streams, to a function; either side may be empty, so outer joins can be made.
    /// </summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="function">From key, window and the records of both sides to any number of results.</param>
    public SingleOutputStreamOperator<TOut> Apply<TOut>(
        Action<TKey, TWindow, IReadOnlyList<T1>, IReadOnlyList<T2>, Collector<TOut>> function
    )
    {
        ArgumentNullException.ThrowIfNull(function);
        return _windowed.Apply<TOut>(
            (key, window, both, output) =>
                function(
                    key,
                    window,
                    [.. both.Where(value => value.IsFirst).Select(value => value.First!)],
                    [.. both.Where(value => !value.IsFirst).Select(value => value.Second!)],
                    output
                )
        );
    }
}
