namespace Millrace.Windows;

/// <summary>
/// Declares which records of a window are dropped before or after it is evaluated. A spec, made by factories such as
/// <c>CountEvictor.Of(100)</c>. Derive own evictors from
/// <see cref="Evictor{T, TWindow}"/>.</summary>
public abstract class Evictor
{
    private protected Evictor() { }

    internal abstract Evictor<T, TWindow> Bind<T, TWindow>()
        where TWindow : struct, IWindow;
}

/// <summary>
/// Drops records of a window around its evaluation (Flink's <c>Evictor</c>). Instances are shared by tasks and must not have state.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public abstract class Evictor<T, TWindow> : Evictor
    where TWindow : struct, IWindow
{
    /// <summary>Called before the window is evaluated.</summary>
    /// <param name="elements">The window's records in order of arrival; remove those to drop.</param>
    /// <param name="window">The window.</param>
    /// <param name="context">Time.</param>
    public virtual void EvictBefore(List<TimestampedValue<T>> elements, TWindow window, EvictorContext context) { }

    /// <summary>Called after the window was evaluated.</summary>
    /// <param name="elements">The window's records in order of arrival; remove those to drop.</param>
    /// <param name="window">The window.</param>
    /// <param name="context">Time.</param>
    public virtual void EvictAfter(List<TimestampedValue<T>> elements, TWindow window, EvictorContext context) { }

    internal override Evictor<TOther, TOtherWindow> Bind<TOther, TOtherWindow>() =>
        this as Evictor<TOther, TOtherWindow>
        ?? throw new InvalidOperationException(
            $"Evictor {GetType().Name} is for {typeof(T)} in {typeof(TWindow)}, but the windowed stream has {typeof(TOther)} in "
                + $"{typeof(TOtherWindow)}; use an evictor of these types."
        );
}

/// <summary>Time, as an evictor sees it.</summary>
/// <param name="CurrentWatermark">The operator's watermark.</param>
/// <param name="CurrentProcessingTime">Now, in processing time.</param>
public readonly record struct EvictorContext(long CurrentWatermark, long CurrentProcessingTime);

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
