namespace Millrace.Processing;

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
