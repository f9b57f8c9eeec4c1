using Millrace.Windows;

namespace Millrace.Operators;

/// <summary>Emits results as they are.</summary>
internal sealed class ResultEmitter<TKey, TResult> : WindowEmitter<TKey, TResult, TResult>
{
    public override void Emit(TKey key, TimeWindow window, TResult result, OperatorOutput<TResult> output) =>
        output.Collect(result, window.MaxTimestamp);
}
