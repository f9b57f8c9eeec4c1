namespace Millrace.Windows;

/// <summary>One accumulator per window.</summary>
internal sealed class AggregateContents<TIn, TAcc, TResult, TWindow>(IAggregateFunction<TIn, TAcc, TResult> aggregate)
    : WindowContents<TIn, TAcc, TResult, TWindow>
    where TWindow : struct, IWindow
{
    public override void Add(ref TAcc contents, bool exists, TIn value, long timestamp) =>
        contents = aggregate.Add(value, exists ? contents : aggregate.CreateAccumulator());

    public override TAcc Merge(TAcc left, TAcc right) => aggregate.Merge(left, right);

    public override bool TryEvaluate(TAcc contents, TWindow window, EvictorContext context, out TResult result)
    {
        result = aggregate.GetResult(contents);
        return true;
    }
}
