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
