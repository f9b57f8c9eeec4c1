using Millrace.Windows;

namespace Millrace.Operators;

/// <summary>Turns the result of a key and window into records.</summary>
internal abstract class WindowEmitter<TKey, TResult, TOut>
{
    public abstract void Emit(TKey key, TimeWindow window, TResult result, OperatorOutput<TOut> output);
}

/// <summary>Emits results as they are.</summary>
internal sealed class ResultEmitter<TKey, TResult> : WindowEmitter<TKey, TResult, TResult>
{
    public override void Emit(TKey key, TimeWindow window, TResult result, OperatorOutput<TResult> output) =>
        output.Collect(result, window.MaxTimestamp);
}

/// <summary>Emits what a function makes of key, window and result.</summary>
internal sealed class SelectingEmitter<TKey, TResult, TOut>(Func<TKey, TimeWindow, TResult, TOut> selector)
    : WindowEmitter<TKey, TResult, TOut>
{
    public override void Emit(TKey key, TimeWindow window, TResult result, OperatorOutput<TOut> output) =>
        output.Collect(selector(key, window, result), window.MaxTimestamp);
}
