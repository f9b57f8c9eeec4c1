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
