using Millrace.Processing;
using Millrace.Windows;

namespace Millrace.Operators;

/// <summary>Gives the result of an incremental aggregate to a user function.</summary>
internal sealed class ResultWindowFunction<TKey, TWindow, TResult, TOut>(ProcessWindowFunction<TResult, TOut, TKey, TWindow> function)
    : WindowFunction<TKey, TWindow, TResult, TOut>
    where TWindow : struct, IWindow
{
    private readonly TResult[] _single = new TResult[1];

    public override void Open(RuntimeContext context) => function.OpenWith(context);

    public override void Process(
        TKey key,
        TWindow window,
        TResult result,
        IProcessWindowContext<TWindow> context,
        OperatorCollector<TOut> output
    )
    {
        _single[0] = result;
        function.Process(key, context, _single, output);
        _single[0] = default!;
    }

    public override void Clear(IProcessWindowContext<TWindow> context) => function.Clear(context);

    public override void Close() => function.CloseAtEnd();
}
