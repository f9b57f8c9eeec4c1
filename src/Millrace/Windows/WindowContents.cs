namespace Millrace.Windows;

/// <summary>How the contents of a window are kept and evaluated.</summary>
internal abstract class WindowContents<TIn, TAcc, TResult, TWindow>
    where TWindow : struct, IWindow
{
    public abstract void Add(ref TAcc contents, bool exists, TIn value, long timestamp);

    public abstract TAcc Merge(TAcc left, TAcc right);

    /// <summary>The result of the contents; <see langword="false"/> when there is nothing to emit.</summary>
    public abstract bool TryEvaluate(TAcc contents, TWindow window, EvictorContext context, out TResult result);

    /// <summary>Called after the result was emitted; whether contents are left.</summary>
    public virtual bool AfterEvaluation(TAcc contents, TWindow window, EvictorContext context) => true;
}

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
