namespace Millrace.Windows;

/// <summary>An evictor that does the same before or after the evaluation.</summary>
internal sealed class BoundEvictor<T, TWindow>(Action<List<TimestampedValue<T>>> evict, bool after) : Evictor<T, TWindow>
    where TWindow : struct, IWindow
{
    public override void EvictBefore(List<TimestampedValue<T>> elements, TWindow window, EvictorContext context)
    {
        if (!after)
        {
            evict(elements);
        }
    }

    public override void EvictAfter(List<TimestampedValue<T>> elements, TWindow window, EvictorContext context)
    {
        if (after)
        {
            evict(elements);
        }
    }
}
