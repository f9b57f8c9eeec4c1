namespace Millrace.Windows;

/// <summary>
/// Declares when a window is evaluated. A spec: immutable, made by factories such as <c>CountTrigger.Of(100)</c>. Derive own triggers from
/// <see cref="Trigger{T, TWindow}"/>.</summary>
public abstract class Trigger
{
    private protected Trigger() { }

    /// <summary>The trigger for records and windows of given types.</summary>
    internal abstract Trigger<T, TWindow> Bind<T, TWindow>()
        where TWindow : struct, IWindow;
}
