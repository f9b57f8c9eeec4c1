using Millrace.Processing;

namespace Millrace.Patterns;

/// <summary>One record per match.</summary>
internal sealed class SelectingPatternFunction<T, TOut>(Func<PatternMatch<T>, TOut> selector) : PatternProcessFunction<T, TOut>
{
    public override void ProcessMatch(PatternMatch<T> match, IPatternContext context, Collector<TOut> output) =>
        output.Collect(selector(match));
}
