namespace Millrace.UserFunctions;

/// <summary>Handles the records of two connected streams without keys (Flink's <c>CoProcessFunction</c>).</summary>
/// <typeparam name="TIn1">Type of the first stream's records.</typeparam>
/// <typeparam name="TIn2">Type of the second stream's records.</typeparam>
/// <typeparam name="TOut">Type of the results.</typeparam>
public abstract class CoProcessFunction<TIn1, TIn2, TOut> : RichFunction
{
    /// <summary>Handles a record of the first stream.</summary>
    /// <param name="value">The record.</param>
    /// <param name="context">Its timestamp, time, side outputs; valid during the call.</param>
    /// <param name="output">Takes the results.</param>
    public abstract void ProcessElement1(TIn1 value, IProcessContext context, Collector<TOut> output);

    /// <summary>Handles a record of the second stream.</summary>
    /// <param name="value">The record.</param>
    /// <param name="context">Its timestamp, time, side outputs; valid during the call.</param>
    /// <param name="output">Takes the results.</param>
    public abstract void ProcessElement2(TIn2 value, IProcessContext context, Collector<TOut> output);
}

/// <summary>
/// Handles the records of two streams with the same keys, which share state and timers per key (Flink's <c>KeyedCoProcessFunction</c>).
/// </summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="TIn1">Type of the first stream's records.</typeparam>
/// <typeparam name="TIn2">Type of the second stream's records.</typeparam>
/// <typeparam name="TOut">Type of the results.</typeparam>
public abstract class KeyedCoProcessFunction<TKey, TIn1, TIn2, TOut> : RichFunction
{
    /// <summary>Handles a record of the first stream.</summary>
    /// <param name="value">The record.</param>
    /// <param name="context">Key, timestamp, timers, side outputs; valid during the call.</param>
    /// <param name="output">Takes the results.</param>
    public abstract void ProcessElement1(TIn1 value, IKeyedProcessContext<TKey> context, Collector<TOut> output);

    /// <summary>Handles a record of the second stream.</summary>
    /// <param name="value">The record.</param>
    /// <param name="context">Key, timestamp, timers, side outputs; valid during the call.</param>
    /// <param name="output">Takes the results.</param>
    public abstract void ProcessElement2(TIn2 value, IKeyedProcessContext<TKey> context, Collector<TOut> output);

    /// <summary>A timer is due.</summary>
    /// <param name="timestamp">The time it was registered for.</param>
    /// <param name="context">Key, time domain, timers, side outputs; valid during the call.</param>
    /// <param name="output">Takes the results.</param>
    public virtual void OnTimer(long timestamp, IOnTimerContext<TKey> context, Collector<TOut> output) { }
}

internal sealed class CoFlatMapFunction<TIn1, TIn2, TOut>(Action<TIn1, Collector<TOut>> first, Action<TIn2, Collector<TOut>> second)
    : CoProcessFunction<TIn1, TIn2, TOut>
{
    public override void ProcessElement1(TIn1 value, IProcessContext context, Collector<TOut> output) => first(value, output);

    public override void ProcessElement2(TIn2 value, IProcessContext context, Collector<TOut> output) => second(value, output);
}
