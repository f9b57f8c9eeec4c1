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
