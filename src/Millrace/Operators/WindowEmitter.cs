using Millrace.Windows;

namespace Millrace.Operators;

/// <summary>Turns the result of a key and window into records.</summary>
internal abstract class WindowEmitter<TKey, TResult, TOut>
{
    public abstract void Emit(TKey key, TimeWindow window, TResult result, OperatorOutput<TOut> output);
}
