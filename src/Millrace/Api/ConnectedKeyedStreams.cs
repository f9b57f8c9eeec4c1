using Millrace.Operators;
using Millrace.Processing;
using Millrace.State;

namespace Millrace.Api;

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
