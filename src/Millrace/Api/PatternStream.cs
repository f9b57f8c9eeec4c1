using Millrace.Operators.Patterns;
using Millrace.Patterns;
using Millrace.Serialization;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Api;

/// <summary>A stream with a pattern to look for in it (Flink's <c>PatternStream</c>). Immutable.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="T">Type of the events.</typeparam>
public sealed class PatternStream<TKey, T>
    where TKey : notnull
{
    private readonly KeyedStream<TKey, T> _input;
    private readonly Automaton<T> _automaton;
    private readonly IComparer<T>? _comparer;
    private readonly string? _lateTag;
    private readonly bool _isProcessingTime;

    internal PatternStream(
        KeyedStream<TKey, T> input,
        Automaton<T> automaton,
        IComparer<T>? comparer,
        string? lateTag = null,
        bool isProcessingTime = false
    )
    {
        _input = input;
        _automaton = automaton;
        _comparer = comparer;
        _lateTag = lateTag;
        _isProcessingTime = isProcessingTime;
    }

    /// <summary>Looks at events in the order of their timestamps, up to the watermark. The default.</summary>
    public PatternStream<TKey, T> InEventTime() => new(_input, _automaton, _comparer, _lateTag, isProcessingTime: false);

    /// <summary>
    /// Looks at events as they come, with the clock as their time: no event is late, and what is found depends on when the job runs.
    /// Results have no timestamp.
    /// </summary>
    public PatternStream<TKey, T> InProcessingTime() => new(_input, _automaton, _comparer, _lateTag, isProcessingTime: true);

    /// <summary>
    /// Sends events that come after the watermark to a side output instead of dropping them; read it from the result with
    /// <c>GetSideOutput</c>.
    /// </summary>
    /// <param name="tag">The side output.</param>
    public PatternStream<TKey, T> SideOutputLateData(OutputTag<T> tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return new PatternStream<TKey, T>(_input, _automaton, _comparer, tag.Id, _isProcessingTime);
    }

    /// <summary>One record per match.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="selector">From a match to its record. Must be deterministic.</param>
    public SingleOutputStreamOperator<TOut> Select<TOut>(Func<PatternMatch<T>, TOut> selector)
    {
        ArgumentNullException.ThrowIfNull(selector);
        return Process(() => new SelectingPatternFunction<T, TOut>(selector));
    }

    /// <summary>One record per match, and one in a side output per partial match that was not completed <c>Within</c> its time.</summary>
    /// <typeparam name="TTimeout">Type of the records of timeouts.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="timeoutTag">The side output.</param>
    /// <param name="timeoutSelector">From a partial match and the time at which it timed out to its record. Must be deterministic.</param>
    /// <param name="selector">From a match to its record. Must be deterministic.</param>
    public SingleOutputStreamOperator<TOut> Select<TTimeout, TOut>(
        OutputTag<TTimeout> timeoutTag,
        Func<PatternMatch<T>, long, TTimeout> timeoutSelector,
        Func<PatternMatch<T>, TOut> selector
    )
    {
        ArgumentNullException.ThrowIfNull(timeoutTag);
        ArgumentNullException.ThrowIfNull(timeoutSelector);
        ArgumentNullException.ThrowIfNull(selector);
        return Process(() => new TimeoutSelectingPatternFunction<T, TTimeout, TOut>(timeoutTag, timeoutSelector, selector));
    }

    /// <summary>Any number of records per match.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="selector">Emits the records of a match. Must be deterministic.</param>
    public SingleOutputStreamOperator<TOut> FlatSelect<TOut>(Action<PatternMatch<T>, Collector<TOut>> selector)
    {
        ArgumentNullException.ThrowIfNull(selector);
        return Process(() => new FlatSelectingPatternFunction<T, TOut>(selector));
    }

    /// <summary>
    /// Handles matches, and timeouts if the function is an <see cref="ITimedOutPartialMatchHandler{T}"/>. Each task works with a copy of
    /// the function, its arrays, plain collections and plain data included.
    /// </summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="function">The function.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(PatternProcessFunction<T, TOut> function)
    {
        return Process(FunctionFactory.CopyOf(function)).Using(function);
    }

    /// <summary>Handles matches, and timeouts if the function is an <see cref="ITimedOutPartialMatchHandler{T}"/>.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="factory">Makes a function for each task.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(Func<PatternProcessFunction<T, TOut>> factory)
    {
        Func<PatternProcessFunction<T, TOut>> create = FunctionFactory.Checked(factory);
        KeySpec<TKey, T> keys = _input.Spec;
        TypeSerializer<T> events = TypeSerializers.For<T>();
        return _input
            .Transform(
                "Pattern",
                () =>
                    new PatternOperator<TKey, T, TOut>(
                        _automaton,
                        create(),
                        _comparer,
                        _lateTag,
                        _isProcessingTime,
                        keys.Hasher,
                        keys.Serializer,
                        events
                    ),
                isStateful: true
            )
            .Writing<T>(_lateTag);
    }
}
