using Millrace.Operators;
using Millrace.Processing;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Windows;

namespace Millrace.Api;

/// <summary>A keyed stream cut into windows (Flink's <c>WindowedStream</c>). Immutable.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="T">Type of the records.</typeparam>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public sealed partial class WindowedStream<TKey, T, TWindow>
    where TKey : notnull
    where TWindow : struct, IWindow
{
    private readonly KeyedStream<TKey, T> _input;
    private readonly WindowAssigner<TWindow> _assigner;

    internal WindowedStream(KeyedStream<TKey, T> input, WindowAssigner<TWindow> assigner)
    {
        _input = input;
        _assigner = assigner;
    }

    private WindowedStream(WindowedStream<TKey, T, TWindow> other)
    {
        _input = other._input;
        _assigner = other._assigner;
        Lateness = other.Lateness;
        LateTag = other.LateTag;
    }

    private TimeSpan Lateness { get; init; }

    private string? LateTag { get; init; }

    /// <summary>Keeps windows open after the watermark has passed their end: a record that comes late, but not later than this, updates its window, which fires again.</summary>
    /// <param name="allowedLateness">How long, in event time; not negative. Default zero.</param>
    public WindowedStream<TKey, T, TWindow> AllowedLateness(TimeSpan allowedLateness)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(allowedLateness, TimeSpan.Zero);
        return new WindowedStream<TKey, T, TWindow>(this) { Lateness = allowedLateness };
    }

    /// <summary>Sends records that are too late to a side output instead of dropping them; read it from the result with <c>GetSideOutput</c>.</summary>
    /// <param name="tag">The side output.</param>
    public WindowedStream<TKey, T, TWindow> SideOutputLateData(OutputTag<T> tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return new WindowedStream<TKey, T, TWindow>(this) { LateTag = tag.Id };
    }

    /// <summary>Combines the records of each key and window, two at a time; emits one record per key and window.</summary>
    /// <param name="reducer">Combines two records; associative.</param>
    public SingleOutputStreamOperator<T> Reduce(Func<T, T, T> reducer)
    {
        ArgumentNullException.ThrowIfNull(reducer);
        return AggregateInto("Reduce", new ReducingAggregate<T>(reducer), new ResultEmitter<TKey, T>());
    }

    /// <summary>Combines the records of each key and window, two at a time, and makes a record of key, window and result.</summary>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="reducer">Combines two records; associative.</param>
    /// <param name="selector">From key, window and result to the record to emit.</param>
    public SingleOutputStreamOperator<TOut> Reduce<TOut>(Func<T, T, T> reducer, Func<TKey, TimeWindow, T, TOut> selector)
    {
        ArgumentNullException.ThrowIfNull(reducer);
        ArgumentNullException.ThrowIfNull(selector);
        return AggregateInto("Reduce", new ReducingAggregate<T>(reducer), new SelectingEmitter<TKey, T, TOut>(selector));
    }

    /// <summary>Aggregates the records of each key and window as they come; emits one result per key and window.</summary>
    /// <typeparam name="TAcc">Type of the accumulator.</typeparam>
    /// <typeparam name="TResult">Type of the result.</typeparam>
    /// <param name="aggregate">The aggregate.</param>
    public SingleOutputStreamOperator<TResult> Aggregate<TAcc, TResult>(IAggregateFunction<T, TAcc, TResult> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return AggregateInto(NameOf(aggregate), aggregate, new ResultEmitter<TKey, TResult>());
    }

    /// <summary>Aggregates the records of each key and window as they come and makes a record of key, window and result.</summary>
    /// <typeparam name="TAcc">Type of the accumulator.</typeparam>
    /// <typeparam name="TResult">Type of the result.</typeparam>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="selector">From key, window and result to the record to emit.</param>
    public SingleOutputStreamOperator<TOut> Aggregate<TAcc, TResult, TOut>(
        IAggregateFunction<T, TAcc, TResult> aggregate, Func<TKey, TimeWindow, TResult, TOut> selector)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        ArgumentNullException.ThrowIfNull(selector);
        return AggregateInto(NameOf(aggregate), aggregate, new SelectingEmitter<TKey, TResult, TOut>(selector));
    }

    private static string NameOf(object aggregate) => "Aggregate " + aggregate.GetType().Name.Split('`')[0];

    private SingleOutputStreamOperator<TOut> AggregateInto<TAcc, TResult, TOut>(
        string name, IAggregateFunction<T, TAcc, TResult> aggregate, WindowEmitter<TKey, TResult, TOut> emitter)
    {
        if (_assigner is not AlignedTimeWindows { IsEventTime: true } aligned)
        {
            throw new NotSupportedException($"{_assigner} cannot be aggregated.");
        }

        KeySpec<TKey, T> keys = _input.Spec;
        TypeSerializer<TAcc> accumulators = TypeSerializers.For<TAcc>();
        TimeSpan lateness = Lateness;
        string? lateTag = LateTag;
        return _input.Transform(
            $"Window {name}",
            () => new AlignedWindowOperator<TKey, T, TAcc, TResult, TOut>(aligned, aggregate, emitter, lateness, lateTag, keys.Hasher, keys.Serializer, accumulators),
            isStateful: true);
    }
}
