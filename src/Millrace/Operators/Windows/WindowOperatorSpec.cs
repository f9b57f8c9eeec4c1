using Millrace.Errors;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

/// <summary>What a window operator is declared to do.</summary>
internal sealed record WindowOperatorSpec<TKey, TIn, TAcc, TResult, TOut, TWindow>(
    WindowAssigner<TIn, TWindow> Assigner,
    Trigger<TIn, TWindow> Trigger,
    WindowContents<TIn, TAcc, TResult, TWindow> Contents,
    Func<WindowFunction<TKey, TWindow, TResult, TOut>> CreateFunction,
    long AllowedLateness,
    string? LateTag,
    IKeyHasher<TKey> Hasher,
    TypeSerializer<TKey> KeySerializer,
    TypeSerializer<TAcc> ContentsSerializer
)
    where TKey : notnull
    where TWindow : struct, IWindow;

/// <summary>What an operator of aligned windows is declared to do.</summary>
internal sealed record AlignedWindowSpec<TKey, TIn, TAcc, TResult, TOut>(
    AlignedTimeWindows Windows,
    IAggregateFunction<TIn, TAcc, TResult> Aggregate,
    WindowProjection<TKey, TimeWindow, TResult, TOut> Function,
    TimeSpan AllowedLateness,
    string? LateTag,
    IKeyHasher<TKey> Hasher,
    TypeSerializer<TKey> KeySerializer,
    TypeSerializer<TAcc> AccumulatorSerializer
)
    where TKey : notnull;

/// <summary>What the operators of event-time windows cannot go on with.</summary>
internal static class WindowErrors
{
    public static WrongJobException NoTimestamp(string name) =>
        new(
            $"Window operator '{name}' got a record without an event timestamp; give the source a WatermarkStrategy with "
                + "WithTimestampAssigner, or use processing-time windows."
        );
}
