using Millrace.Operators;
using Millrace.Processing;
using Millrace.State;

namespace Millrace.Api;

/// <summary>A keyed stream beside a broadcast stream (Flink's <c>BroadcastConnectedStream</c>).</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="T">Type of the stream's records.</typeparam>
/// <typeparam name="TBroadcast">Type of the broadcast records.</typeparam>
public sealed class KeyedBroadcastConnectedStream<TKey, T, TBroadcast>
    where TKey : notnull
{
    private readonly KeyedStream<TKey, T> _stream;
    private readonly BroadcastStream<TBroadcast> _broadcast;

    internal KeyedBroadcastConnectedStream(KeyedStream<TKey, T> stream, BroadcastStream<TBroadcast> broadcast)
    {
        _stream = stream;
        _broadcast = broadcast;
    }

    /// <summary>
    /// Handles the records of both streams. Each task works with a copy of the function, its arrays, plain collections and plain data
    /// included.
    /// </summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="function">The function.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(KeyedBroadcastProcessFunction<TKey, T, TBroadcast, TOut> function)
    {
        Func<KeyedBroadcastProcessFunction<TKey, T, TBroadcast, TOut>> factory = FunctionFactory.CopyOf(function);
        return Add(FunctionFactory.NameOf(function), factory).Using(function);
    }

    /// <summary>Handles the records of both streams.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="factory">Makes a function for each task.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(Func<KeyedBroadcastProcessFunction<TKey, T, TBroadcast, TOut>> factory) =>
        Add("KeyedBroadcastProcess", FunctionFactory.Checked(factory));

    private SingleOutputStreamOperator<TOut> Add<TOut>(string name, Func<KeyedBroadcastProcessFunction<TKey, T, TBroadcast, TOut>> factory)
    {
        KeySpec<TKey, T> keys = _stream.Spec;
        IReadOnlyCollection<string> states = _broadcast.Names;
        return TwoInputs.Add(
            _stream,
            _broadcast.Stream,
            name,
            () => new KeyedBroadcastProcessOperator<TKey, T, TBroadcast, TOut>(factory(), states, keys.Hasher, keys.Serializer),
            isStateful: true
        );
    }
}
