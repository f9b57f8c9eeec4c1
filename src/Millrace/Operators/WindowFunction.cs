using Millrace.Processing;
using Millrace.Windows;

namespace Millrace.Operators;

/// <summary>What is made of a window's result.</summary>
internal abstract class WindowFunction<TKey, TWindow, TResult, TOut>
    where TWindow : struct, IWindow
{
    public virtual void Open(RuntimeContext context) { }

    public abstract void Process(
        TKey key,
        TWindow window,
        TResult result,
        IProcessWindowContext<TWindow> context,
        OperatorCollector<TOut> output
    );

    public virtual void Clear(IProcessWindowContext<TWindow> context) { }

    public virtual void Close() { }
}
