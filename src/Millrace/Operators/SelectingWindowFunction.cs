using Millrace.Processing;
using Millrace.Windows;

namespace Millrace.Operators;

internal sealed class SelectingWindowFunction<TKey, TWindow, TResult, TOut>(Func<TKey, TWindow, TResult, TOut> selector)
    : WindowFunction<TKey, TWindow, TResult, TOut>
    where TWindow : struct, IWindow
{
    public override void Process(
        TKey key,
        TWindow window,
        TResult result,
        IProcessWindowContext<TWindow> context,
        OperatorCollector<TOut> output
    ) => output.Collect(selector(key, window, result));
}
