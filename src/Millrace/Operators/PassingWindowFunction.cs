using Millrace.Processing;
using Millrace.Windows;

namespace Millrace.Operators;

internal sealed class PassingWindowFunction<TKey, TWindow, TResult> : WindowFunction<TKey, TWindow, TResult, TResult>
    where TWindow : struct, IWindow
{
    public override void Process(
        TKey key,
        TWindow window,
        TResult result,
        IProcessWindowContext<TWindow> context,
        OperatorCollector<TResult> output
    ) => output.Collect(result);
}
