using Millrace.Processing;
using Millrace.Windows;

namespace Millrace.Operators;

/// <summary>Gives all records of a window to a user function.</summary>
internal sealed class ListWindowFunction<TKey, TWindow, TIn, TOut>(ProcessWindowFunction<TIn, TOut, TKey, TWindow> function)
    : WindowFunction<TKey, TWindow, IReadOnlyList<TIn>, TOut>
    where TWindow : struct, IWindow
{
    public override void Open(RuntimeContext context) => function.OpenWith(context);

    public override void Process(
        TKey key,
        TWindow window,
        IReadOnlyList<TIn> result,
        IProcessWindowContext<TWindow> context,
        OperatorCollector<TOut> output
    ) => function.Process(key, context, result, output);

    public override void Clear(IProcessWindowContext<TWindow> context) => function.Clear(context);

    public override void Close() => function.CloseAtEnd();
}
