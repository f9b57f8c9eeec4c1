using Millrace.Graph;
using Millrace.State;
using Millrace.Windows;

namespace Millrace.Api;

/// <summary>A stream partitioned by a key: its operators can keep state and timers per key (Flink's <c>KeyedStream</c>).</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed partial class KeyedStream<TKey, T> : DataStream<T>
    where TKey : notnull
{
    internal KeyedStream(StreamExecutionEnvironment environment, IReadOnlyList<StreamTap<T>> taps, KeySpec<TKey, T> spec)
        : base(environment, [.. taps.Select(tap => tap with { Partitioning = new KeyByPartitioning<TKey, T>(spec), IsExplicit = true })]) =>
        Spec = spec;

    internal KeySpec<TKey, T> Spec { get; }

    /// <summary>Cuts the stream into windows, per key.</summary>
    /// <typeparam name="TWindow">Type of the windows.</typeparam>
    /// <param name="assigner">Which windows a record belongs to: <c>TumblingEventTimeWindows.Of(TimeSpan.FromMinutes(1))</c>.</param>
    public WindowedStream<TKey, T, TWindow> Window<TWindow>(WindowAssigner<TWindow> assigner)
        where TWindow : struct, IWindow
    {
        ArgumentNullException.ThrowIfNull(assigner);
        return new WindowedStream<TKey, T, TWindow>(this, assigner);
    }
}
