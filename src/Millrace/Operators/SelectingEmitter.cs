using Millrace.Windows;

namespace Millrace.Operators;

/// <summary>Emits what a function makes of key, window and result.</summary>
internal sealed class SelectingEmitter<TKey, TResult, TOut>(Func<TKey, TimeWindow, TResult, TOut> selector)
    : WindowEmitter<TKey, TResult, TOut>
{
    public override void Emit(TKey key, TimeWindow window, TResult result, OperatorOutput<TOut> output) =>
        output.Collect(selector(key, window, result), window.MaxTimestamp);
}
