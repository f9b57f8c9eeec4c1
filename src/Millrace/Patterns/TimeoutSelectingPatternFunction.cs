using Millrace.Processing;

namespace Millrace.Patterns;

/// <summary>One record per match, and one per timeout in a side output.</summary>
internal sealed class TimeoutSelectingPatternFunction<T, TTimeout, TOut>(
    OutputTag<TTimeout> tag,
    Func<PatternMatch<T>, long, TTimeout> timeoutSelector,
    Func<PatternMatch<T>, TOut> selector
) : PatternProcessFunction<T, TOut>, ITimedOutPartialMatchHandler<T>
{
    public override void ProcessMatch(PatternMatch<T> match, IPatternContext context, Collector<TOut> output) =>
        output.Collect(selector(match));

    public void ProcessTimedOutMatch(PatternMatch<T> match, IPatternContext context) =>
        context.Output(tag, timeoutSelector(match, context.Timestamp));
}
