namespace Millrace.Processing;

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
