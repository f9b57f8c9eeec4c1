namespace Millrace.UserFunctions;

/// <summary>Handles the records of a stream without keys beside a broadcast stream (Flink's <c>BroadcastProcessFunction</c>).</summary>
/// <typeparam name="TIn">Type of the stream's records.</typeparam>
/// <typeparam name="TBroadcast">Type of the broadcast records.</typeparam>
/// <typeparam name="TOut">Type of the results.</typeparam>
public abstract class BroadcastProcessFunction<TIn, TBroadcast, TOut> : RichFunction
{
    /// <summary>Handles a record of the stream.</summary>
    /// <param name="value">The record.</param>
    /// <param name="context">Time, side outputs, broadcast state for reading; valid during the call.</param>
    /// <param name="output">Takes the results.</param>
    public abstract void ProcessElement(TIn value, IReadOnlyBroadcastContext context, Collector<TOut> output);

    /// <summary>Handles a broadcast record; called in every task.</summary>
    /// <param name="value">The record.</param>
    /// <param name="context">Time, side outputs, broadcast state; valid during the call.</param>
    /// <param name="output">Takes the results.</param>
    public abstract void ProcessBroadcastElement(TBroadcast value, IBroadcastContext context, Collector<TOut> output);
}

/// <summary>
/// Handles the records of a keyed stream beside a broadcast stream, with state and timers per key (Flink's
/// <c>KeyedBroadcastProcessFunction</c>).
/// </summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="TIn">Type of the keyed stream's records.</typeparam>
/// <typeparam name="TBroadcast">Type of the broadcast records.</typeparam>
/// <typeparam name="TOut">Type of the results.</typeparam>
public abstract class KeyedBroadcastProcessFunction<TKey, TIn, TBroadcast, TOut> : RichFunction
{
    /// <summary>Handles a record of the keyed stream.</summary>
    /// <param name="value">The record.</param>
    /// <param name="context">Key, time, timers, side outputs, broadcast state for reading; valid during the call.</param>
    /// <param name="output">Takes the results.</param>
    public abstract void ProcessElement(TIn value, IKeyedReadOnlyBroadcastContext<TKey> context, Collector<TOut> output);

    /// <summary>Handles a broadcast record; called in every task. There is no current key: keyed state must not be touched.</summary>
    /// <param name="value">The record.</param>
    /// <param name="context">Time, side outputs, broadcast state; valid during the call.</param>
    /// <param name="output">Takes the results.</param>
    public abstract void ProcessBroadcastElement(TBroadcast value, IBroadcastContext context, Collector<TOut> output);

    /// <summary>A timer is due.</summary>
    /// <param name="timestamp">The time it was registered for.</param>
    /// <param name="context">Key, time, timers, side outputs, broadcast state for reading; valid during the call.</param>
    /// <param name="output">Takes the results.</param>
    public virtual void OnTimer(long timestamp, IKeyedReadOnlyBroadcastContext<TKey> context, Collector<TOut> output) { }
}
