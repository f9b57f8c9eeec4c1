using Millrace.Operators;
using Millrace.Operators.Process;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Api;

/// <summary>Two streams that an operator handles together, without keys (Flink's <c>ConnectedStreams</c>).</summary>
/// <typeparam name="T1">Type of the first stream's records.</typeparam>
/// <typeparam name="T2">Type of the second stream's records.</typeparam>
public sealed class ConnectedStreams<T1, T2>
{
    private readonly DataStream<T1> _first;
    private readonly DataStream<T2> _second;

    internal ConnectedStreams(DataStream<T1> first, DataStream<T2> second)
    {
        _first = first;
        _second = second;
    }

    /// <summary>Partitions both streams by keys of one type, so that they share state per key.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <param name="firstSelector">From a record of the first stream to its key.</param>
    /// <param name="secondSelector">From a record of the second stream to its key.</param>
    public ConnectedKeyedStreams<TKey, T1, T2> KeyBy<TKey>(Func<T1, TKey> firstSelector, Func<T2, TKey> secondSelector)
        where TKey : notnull => new(_first.KeyBy(firstSelector), _second.KeyBy(secondSelector));

    /// <summary>One record out for each record in.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="first">From a record of the first stream to its result.</param>
    /// <param name="second">From a record of the second stream to its result.</param>
    public SingleOutputStreamOperator<TOut> Map<TOut>(Func<T1, TOut> first, Func<T2, TOut> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Add(
            "CoMap",
            () =>
                new CoProcessOperator<T1, T2, TOut>(
                    new CoFlatMapFunction<T1, T2, TOut>(
                        (value, output) => output.Collect(first(value)),
                        (value, output) => output.Collect(second(value))
                    )
                )
        );
    }

    /// <summary>Any number of records out for each record in.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="first">Emits the results of a record of the first stream.</param>
    /// <param name="second">Emits the results of a record of the second stream.</param>
    public SingleOutputStreamOperator<TOut> FlatMap<TOut>(Action<T1, Collector<TOut>> first, Action<T2, Collector<TOut>> second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        return Add("CoFlatMap", () => new CoProcessOperator<T1, T2, TOut>(new CoFlatMapFunction<T1, T2, TOut>(first, second)));
    }

    /// <summary>
    /// Handles the records of both streams one by one. Each task works with a copy of the function, its arrays, plain collections and plain
    /// data included.
    /// </summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="function">The function.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(CoProcessFunction<T1, T2, TOut> function)
    {
        Func<CoProcessFunction<T1, T2, TOut>> factory = FunctionFactory.CopyOf(function);
        return Add(FunctionFactory.NameOf(function), () => new CoProcessOperator<T1, T2, TOut>(factory())).Using(function);
    }

    /// <summary>Handles the records of both streams one by one.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="factory">Makes a function for each task.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(Func<CoProcessFunction<T1, T2, TOut>> factory)
    {
        Func<CoProcessFunction<T1, T2, TOut>> create = FunctionFactory.Checked(factory);
        return Add("CoProcess", () => new CoProcessOperator<T1, T2, TOut>(create()));
    }

    private SingleOutputStreamOperator<TOut> Add<TOut>(string name, Func<StreamOperator<TOut>> factory) =>
        TwoInputs.Add(_first, _second, name, factory, isStateful: false);
}

/// <summary>Two streams with keys of one type that an operator handles together: they share state and timers per key.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="T1">Type of the first stream's records.</typeparam>
/// <typeparam name="T2">Type of the second stream's records.</typeparam>
public sealed class ConnectedKeyedStreams<TKey, T1, T2>
    where TKey : notnull
{
    private readonly KeyedStream<TKey, T1> _first;
    private readonly KeyedStream<TKey, T2> _second;

    internal ConnectedKeyedStreams(KeyedStream<TKey, T1> first, KeyedStream<TKey, T2> second)
    {
        _first = first;
        _second = second;
    }

    /// <summary>
    /// Handles the records of both streams one by one. Each task works with a copy of the function, its arrays, plain collections and plain
    /// data included.
    /// </summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="function">The function.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(KeyedCoProcessFunction<TKey, T1, T2, TOut> function) =>
        Process(FunctionFactory.CopyOf(function)).Using(function);

    /// <summary>Handles the records of both streams one by one.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="factory">Makes a function for each task.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(Func<KeyedCoProcessFunction<TKey, T1, T2, TOut>> factory)
    {
        Func<KeyedCoProcessFunction<TKey, T1, T2, TOut>> create = FunctionFactory.Checked(factory);
        KeySpec<TKey, T1> keys = _first.Spec;
        return TwoInputs.Add(
            _first,
            _second,
            "KeyedCoProcess",
            () => new KeyedCoProcessOperator<TKey, T1, T2, TOut>(create(), keys.Hasher, keys.Serializer),
            isStateful: true
        );
    }
}
