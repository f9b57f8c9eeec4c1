using Millrace.Operators;
using Millrace.Processing;

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
