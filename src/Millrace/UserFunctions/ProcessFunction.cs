namespace Millrace.UserFunctions;

/// <summary>Handles records one by one, with side outputs (Flink's <c>ProcessFunction</c> on a stream without keys).</summary>
/// <typeparam name="TIn">Type of the records.</typeparam>
/// <typeparam name="TOut">Type of the results.</typeparam>
public abstract class ProcessFunction<TIn, TOut> : RichFunction
{
    /// <summary>Handles a record.</summary>
    /// <param name="value">The record.</param>
    /// <param name="context">Its timestamp, time, side outputs; valid during the call.</param>
    /// <param name="output">Takes the results.</param>
    public abstract void ProcessElement(TIn value, IProcessContext context, Collector<TOut> output);
}

/// <summary>
/// Handles the records of a keyed stream one by one, with state and timers per key (Flink's <c>KeyedProcessFunction</c>).
/// </summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="TIn">Type of the records.</typeparam>
/// <typeparam name="TOut">Type of the results.</typeparam>
public abstract class KeyedProcessFunction<TKey, TIn, TOut> : RichFunction
{
    /// <summary>Handles a record.</summary>
    /// <param name="value">The record.</param>
    /// <param name="context">Key, timestamp, timers, side outputs; valid during the call.</param>
    /// <param name="output">Takes the results.</param>
    public abstract void ProcessElement(TIn value, IKeyedProcessContext<TKey> context, Collector<TOut> output);

    /// <summary>A timer is due.</summary>
    /// <param name="timestamp">The time it was registered for.</param>
    /// <param name="context">Key, time domain, timers, side outputs; valid during the call.</param>
    /// <param name="output">Takes the results; results of event-time timers have their time as timestamp.</param>
    public virtual void OnTimer(long timestamp, IOnTimerContext<TKey> context, Collector<TOut> output) { }
}
