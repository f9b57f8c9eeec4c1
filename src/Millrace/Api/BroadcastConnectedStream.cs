using Millrace.Operators.Process;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Api;

/// <summary>A stream without keys beside a broadcast stream (Flink's <c>BroadcastConnectedStream</c>).</summary>
/// <typeparam name="T">Type of the stream's records.</typeparam>
/// <typeparam name="TBroadcast">Type of the broadcast records.</typeparam>
public sealed class BroadcastConnectedStream<T, TBroadcast>
{
    private readonly DataStream<T> _stream;
    private readonly BroadcastStream<TBroadcast> _broadcast;

    internal BroadcastConnectedStream(DataStream<T> stream, BroadcastStream<TBroadcast> broadcast)
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
    public SingleOutputStreamOperator<TOut> Process<TOut>(BroadcastProcessFunction<T, TBroadcast, TOut> function)
    {
        Func<BroadcastProcessFunction<T, TBroadcast, TOut>> factory = FunctionFactory.CopyOf(function);
        return Add(FunctionFactory.NameOf(function), factory).Using(function);
    }

    /// <summary>Handles the records of both streams.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="factory">Makes a function for each task.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(Func<BroadcastProcessFunction<T, TBroadcast, TOut>> factory) =>
        Add("BroadcastProcess", FunctionFactory.Checked(factory));

    private SingleOutputStreamOperator<TOut> Add<TOut>(string name, Func<BroadcastProcessFunction<T, TBroadcast, TOut>> factory)
    {
        IReadOnlyCollection<string> states = _broadcast.Names;
        return TwoInputs.Add(
            _stream,
            _broadcast.Stream,
            name,
            () => new BroadcastProcessOperator<T, TBroadcast, TOut>(factory(), states),
            isStateful: true
        );
    }
}

/// <summary>A stream whose records every task of the next operator gets, to keep them as broadcast state.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class BroadcastStream<T>
{
    internal BroadcastStream(DataStream<T> stream, IReadOnlyList<StateDescriptor> descriptors)
    {
        Stream = stream;
        Descriptors = descriptors;
    }

    /// <summary>The broadcast states that the records are kept in.</summary>
    public IReadOnlyList<StateDescriptor> Descriptors { get; }

    internal DataStream<T> Stream { get; }

    internal IReadOnlyCollection<string> Names => [.. Descriptors.Select(descriptor => descriptor.Name)];
}

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
