using Millrace.Processing;

namespace Millrace.Patterns;

/// <summary>Any number of records per match.</summary>
internal sealed class FlatSelectingPatternFunction<T, TOut>(Action<PatternMatch<T>, Collector<TOut>> selector)
    : PatternProcessFunction<T, TOut>
{
    public override void ProcessMatch(PatternMatch<T> match, IPatternContext context, Collector<TOut> output) => selector(match, output);
}
