namespace Millrace.Windows;

/// <summary>All records of a window, so that an evictor can drop some; aggregated anew at each firing.</summary>
internal sealed class EvictingContents<TIn, TAcc, TResult, TWindow>(
    IAggregateFunction<TIn, TAcc, TResult> aggregate,
    Evictor<TIn, TWindow> evictor
) : WindowContents<TIn, List<TimestampedValue<TIn>>, TResult, TWindow>
    where TWindow : struct, IWindow
{
    public override void Add(ref List<TimestampedValue<TIn>> contents, bool exists, TIn value, long timestamp)
    {
        if (!exists)
        {
            contents = [];
        }

        contents.Add(new TimestampedValue<TIn>(value, timestamp));
    }

    public override List<TimestampedValue<TIn>> Merge(List<TimestampedValue<TIn>> left, List<TimestampedValue<TIn>> right)
    {
        left.AddRange(right);
        return left;
    }

    public override bool TryEvaluate(List<TimestampedValue<TIn>> contents, TWindow window, EvictorContext context, out TResult result)
    {
        evictor.EvictBefore(contents, window, context);
        if (contents.Count == 0)
        {
            result = default!;
            return false;
        }

        TAcc accumulator = aggregate.CreateAccumulator();
        foreach (TimestampedValue<TIn> element in contents)
        {
            accumulator = aggregate.Add(element.Value, accumulator);
        }

        result = aggregate.GetResult(accumulator);
        return true;
    }

    public override bool AfterEvaluation(List<TimestampedValue<TIn>> contents, TWindow window, EvictorContext context)
    {
        evictor.EvictAfter(contents, window, context);
        return contents.Count > 0;
    }
}
