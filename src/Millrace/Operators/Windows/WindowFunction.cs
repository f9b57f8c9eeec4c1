using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

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

/// <summary>One record made of key, window and result, without state or context: all that aligned windows ask for.</summary>
internal abstract class WindowProjection<TKey, TWindow, TResult, TOut> : WindowFunction<TKey, TWindow, TResult, TOut>
    where TWindow : struct, IWindow
{
    public abstract void Emit(TKey key, TWindow window, TResult result, OperatorOutput<TOut> output);

    public sealed override void Process(
        TKey key,
        TWindow window,
        TResult result,
        IProcessWindowContext<TWindow> context,
        OperatorCollector<TOut> output
    ) => Emit(key, window, result, output.Output);
}

/// <summary>Emits results as they are.</summary>
internal sealed class PassingWindowFunction<TKey, TWindow, TResult> : WindowProjection<TKey, TWindow, TResult, TResult>
    where TWindow : struct, IWindow
{
    public override void Emit(TKey key, TWindow window, TResult result, OperatorOutput<TResult> output) =>
        output.Collect(result, window.MaxTimestamp);
}

/// <summary>Emits what a function makes of key, window and result.</summary>
internal sealed class SelectingWindowFunction<TKey, TWindow, TResult, TOut>(Func<TKey, TWindow, TResult, TOut> selector)
    : WindowProjection<TKey, TWindow, TResult, TOut>
    where TWindow : struct, IWindow
{
    public override void Emit(TKey key, TWindow window, TResult result, OperatorOutput<TOut> output) =>
        output.Collect(selector(key, window, result), window.MaxTimestamp);
}

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
