using Millrace.Processing;
using Millrace.Windows;

namespace Millrace.Operators;

internal sealed class ApplyingWindowFunction<TKey, TWindow, TIn, TOut>(Action<TKey, TWindow, IReadOnlyList<TIn>, Collector<TOut>> function)
    : ProcessWindowFunction<TIn, TOut, TKey, TWindow>
    where TWindow : struct, IWindow
{
    public override void Process(TKey key, IProcessWindowContext<TWindow> context, IReadOnlyList<TIn> elements, Collector<TOut> output)
    {
        ArgumentNullException.ThrowIfNull(context);
        function(key, context.Window, elements, output);
    }
}
