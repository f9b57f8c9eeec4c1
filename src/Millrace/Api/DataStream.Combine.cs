using Millrace.Operators.Process;
using Millrace.State;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Api;

/// <content>Process functions, connected and joined streams, windows over the whole stream.</content>
public partial class DataStream<T>
{
    /// <summary>
    /// Handles records one by one, with side outputs. Each task works with a copy of the function, its arrays, plain collections and plain
    /// data included.
    /// </summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="function">The function.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(ProcessFunction<T, TOut> function)
    {
        Func<ProcessFunction<T, TOut>> factory = FunctionFactory.CopyOf(function);
        return Transform(FunctionFactory.NameOf(function), () => new ProcessOperator<T, TOut>(factory())).Using(function);
    }

    /// <summary>Handles records one by one, with side outputs.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="factory">Makes a function for each task.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(Func<ProcessFunction<T, TOut>> factory)
    {
        Func<ProcessFunction<T, TOut>> create = FunctionFactory.Checked(factory);
        return Transform("Process", () => new ProcessOperator<T, TOut>(create()));
    }

    /// <summary>Handles this stream and another one in one operator.</summary>
    /// <typeparam name="TOther">Type of the other stream's records.</typeparam>
    /// <param name="other">The other stream.</param>
    public ConnectedStreams<T, TOther> Connect<TOther>(DataStream<TOther> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new ConnectedStreams<T, TOther>(this, other);
    }

    /// <summary>Handles this stream beside a broadcast one.</summary>
    /// <typeparam name="TBroadcast">Type of the broadcast records.</typeparam>
    /// <param name="broadcast">The broadcast stream.</param>
    public BroadcastConnectedStream<T, TBroadcast> Connect<TBroadcast>(BroadcastStream<TBroadcast> broadcast)
    {
        ArgumentNullException.ThrowIfNull(broadcast);
        return new BroadcastConnectedStream<T, TBroadcast>(this, broadcast);
    }

    /// <summary>Sends every record to every task of the next operator, to be kept as broadcast state.</summary>
    /// <param name="descriptors">The broadcast states.</param>
    public BroadcastStream<T> Broadcast(params StateDescriptor[] descriptors)
    {
        ArgumentNullException.ThrowIfNull(descriptors);
        return new BroadcastStream<T>(Broadcast(), descriptors);
    }

    /// <summary>Joins or co-groups this stream with another one, per key and window.</summary>
    /// <typeparam name="TOther">Type of the other stream's records.</typeparam>
    /// <param name="other">The other stream.</param>
    public JoinedStreams<T, TOther> Join<TOther>(DataStream<TOther> other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new JoinedStreams<T, TOther>(this, other);
    }

    /// <summary>
    /// Brings this stream and another one together per key and window: give keys and windows, then <c>Apply</c> a function that gets the
    /// records of both sides.
    /// </summary>
    /// <typeparam name="TOther">Type of the other stream's records.</typeparam>
    /// <param name="other">The other stream.</param>
    public JoinedStreams<T, TOther> CoGroup<TOther>(DataStream<TOther> other) => Join(other);

    /// <summary>Cuts the whole stream into windows, in a single task.</summary>
    /// <typeparam name="TWindow">Type of the windows.</typeparam>
    /// <param name="assigner">The assigner.</param>
    public AllWindowedStream<T, TWindow> WindowAll<TWindow>(WindowAssigner<TWindow> assigner)
        where TWindow : struct, IWindow => new(KeyBy(static _ => (byte)0).Window(assigner));

    /// <summary>Windows of a number of records each, over the whole stream, in a single task.</summary>
    /// <param name="size">Number of records of a window.</param>
    public AllWindowedStream<T, GlobalWindow> CountWindowAll(long size) => new(KeyBy(static _ => (byte)0).CountWindow(size));
}
