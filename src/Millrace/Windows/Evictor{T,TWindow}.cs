namespace Millrace.Windows;

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
