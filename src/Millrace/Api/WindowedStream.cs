using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.UserFunctions;
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
        OwnTrigger = other.OwnTrigger;
        OwnEvictor = other.OwnEvictor;
        PreAggregates = other.PreAggregates;
    }

    private TimeSpan Lateness { get; init; }

    private string? LateTag { get; init; }

    private Trigger? OwnTrigger { get; init; }

    private Evictor? OwnEvictor { get; init; }

    /// <summary>Sets when windows are evaluated, instead of the assigner's default trigger.</summary>
    /// <param name="trigger">The trigger: <c>CountTrigger.Of(100)</c>.</param>
    public WindowedStream<TKey, T, TWindow> Trigger(Trigger trigger)
    {
        ArgumentNullException.ThrowIfNull(trigger);
        return new WindowedStream<TKey, T, TWindow>(this) { OwnTrigger = trigger };
    }

    /// <summary>
    /// Drops records of a window around its evaluation. All records of a window are then kept in state, also with an incremental aggregate.
    /// </summary>
    /// <param name="evictor">The evictor: <c>CountEvictor.Of(100)</c>.</param>
    public WindowedStream<TKey, T, TWindow> Evictor(Evictor evictor)
    {
        ArgumentNullException.ThrowIfNull(evictor);
        return new WindowedStream<TKey, T, TWindow>(this) { OwnEvictor = evictor };
    }

    /// <summary>
    /// Keeps windows open after the watermark has passed their end: a record that comes late, but not later than this, updates its window,
    /// which fires again.
    /// </summary>
    /// <param name="allowedLateness">How long, in event time; not negative. Default zero.</param>
    public WindowedStream<TKey, T, TWindow> AllowedLateness(TimeSpan allowedLateness)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(allowedLateness, TimeSpan.Zero);
        return new WindowedStream<TKey, T, TWindow>(this) { Lateness = allowedLateness };
    }

    /// <summary>
    /// Sends records that are too late to a side output instead of dropping them; read it from the result with <c>GetSideOutput</c>.
    /// </summary>
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
        return Project("Reduce", new ReducingAggregate<T>(reducer), new PassingWindowFunction<TKey, TWindow, T>());
    }

    /// <summary>Combines the records of each key and window, two at a time, and makes a record of key, window and result.</summary>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="reducer">Combines two records; associative.</param>
    /// <param name="selector">From key, window and result to the record to emit.</param>
    public SingleOutputStreamOperator<TOut> Reduce<TOut>(Func<T, T, T> reducer, Func<TKey, TWindow, T, TOut> selector)
    {
        ArgumentNullException.ThrowIfNull(reducer);
        return Select("Reduce", new ReducingAggregate<T>(reducer), selector);
    }

    /// <summary>Combines the records of each key and window, two at a time, and gives the result to a window function.</summary>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="reducer">Combines two records; associative.</param>
    /// <param name="function">Gets one element, the result. Each task works with a copy, its arrays, plain collections and plain data
    /// included.</param>
    public SingleOutputStreamOperator<TOut> Reduce<TOut>(Func<T, T, T> reducer, ProcessWindowFunction<T, TOut, TKey, TWindow> function)
    {
        ArgumentNullException.ThrowIfNull(reducer);
        return ProcessResult("Reduce", new ReducingAggregate<T>(reducer), FunctionFactory.CopyOf(function)).Using(function);
    }

    /// <summary>Aggregates the records of each key and window as they come; emits one result per key and window.</summary>
    /// <typeparam name="TAcc">Type of the accumulator.</typeparam>
    /// <typeparam name="TResult">Type of the result.</typeparam>
    /// <param name="aggregate">The aggregate.</param>
    public SingleOutputStreamOperator<TResult> Aggregate<TAcc, TResult>(IAggregateFunction<T, TAcc, TResult> aggregate)
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return Project(NameOf(aggregate), aggregate, new PassingWindowFunction<TKey, TWindow, TResult>());
    }

    /// <summary>Aggregates the records of each key and window as they come and makes a record of key, window and result.</summary>
    /// <typeparam name="TAcc">Type of the accumulator.</typeparam>
    /// <typeparam name="TResult">Type of the result.</typeparam>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="selector">From key, window and result to the record to emit.</param>
    public SingleOutputStreamOperator<TOut> Aggregate<TAcc, TResult, TOut>(
        IAggregateFunction<T, TAcc, TResult> aggregate,
        Func<TKey, TWindow, TResult, TOut> selector
    )
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return Select(NameOf(aggregate), aggregate, selector);
    }

    /// <summary>Aggregates the records of each key and window as they come and gives the result to a window function.</summary>
    /// <typeparam name="TAcc">Type of the accumulator.</typeparam>
    /// <typeparam name="TResult">Type of the result.</typeparam>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="function">Gets one element, the result. Each task works with a copy, its arrays, plain collections and plain data
    /// included.</param>
    public SingleOutputStreamOperator<TOut> Aggregate<TAcc, TResult, TOut>(
        IAggregateFunction<T, TAcc, TResult> aggregate,
        ProcessWindowFunction<TResult, TOut, TKey, TWindow> function
    )
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return ProcessResult(NameOf(aggregate), aggregate, FunctionFactory.CopyOf(function)).Using(function);
    }

    /// <summary>
    /// Gives all records of each key and window to a window function. They are all kept in state until then; prefer an aggregate where it
    /// can be one.
    /// </summary>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="function">The function. Each task works with a copy, its arrays, plain collections and plain data included.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(ProcessWindowFunction<T, TOut, TKey, TWindow> function)
    {
        Func<ProcessWindowFunction<T, TOut, TKey, TWindow>> factory = FunctionFactory.CopyOf(function);
        return Evaluate(
                FunctionFactory.NameOf(function),
                new ListAggregate<T>(),
                () => new ListWindowFunction<TKey, TWindow, T, TOut>(factory())
            )
            .Using(function);
    }

    /// <summary>Gives all records of each key and window to a function (Flink's <c>apply</c>).</summary>
    /// <typeparam name="TOut">Type of the emitted records.</typeparam>
    /// <param name="function">From key, window and records to any number of results.</param>
    public SingleOutputStreamOperator<TOut> Apply<TOut>(Action<TKey, TWindow, IReadOnlyList<T>, Collector<TOut>> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return Process(new ApplyingWindowFunction<TKey, TWindow, T, TOut>(function));
    }

    private static string NameOf(object aggregate) => "Aggregate " + FunctionFactory.NameOf(aggregate);

    private SingleOutputStreamOperator<TOut> Select<TAcc, TResult, TOut>(
        string name,
        IAggregateFunction<T, TAcc, TResult> aggregate,
        Func<TKey, TWindow, TResult, TOut> selector,
        Func<IAggregateFunction<T, TAcc, TResult>>? factory = null
    )
    {
        ArgumentNullException.ThrowIfNull(selector);
        return Project(name, aggregate, new SelectingWindowFunction<TKey, TWindow, TResult, TOut>(selector), factory);
    }

    private SingleOutputStreamOperator<TOut> ProcessResult<TAcc, TResult, TOut>(
        string name,
        IAggregateFunction<T, TAcc, TResult> aggregate,
        Func<ProcessWindowFunction<TResult, TOut, TKey, TWindow>> functions
    ) => Evaluate(name, aggregate, () => new ResultWindowFunction<TKey, TWindow, TResult, TOut>(functions()));

    /// <summary>
    /// Adds the window operator for results that need no context: a fast one where windows are aligned in event time and nothing asks for
    /// more, else the general one.
    /// </summary>
    private SingleOutputStreamOperator<TOut> Project<TAcc, TResult, TOut>(
        string name,
        IAggregateFunction<T, TAcc, TResult> aggregate,
        WindowProjection<TKey, TWindow, TResult, TOut> projection,
        Func<IAggregateFunction<T, TAcc, TResult>>? factory = null
    )
    {
        if (
            projection is not WindowProjection<TKey, TimeWindow, TResult, TOut> ofTime
            || OwnTrigger is not (null or EventTimeTrigger)
            || OwnEvictor is not null
            || _assigner is not AlignedTimeWindows { IsEventTime: true } aligned
        )
        {
            return Evaluate(name, aggregate, () => projection, factory);
        }

        Func<IAggregateFunction<T, TAcc, TResult>> aggregates = factory ?? FunctionCopies.PerTask(aggregate);
        AlignedWindowSpec<TKey, T, TAcc, TResult, TOut> spec = new(
            aligned,
            aggregate,
            ofTime,
            Lateness,
            LateTag,
            _input.Spec.Hasher,
            _input.Spec.Serializer,
            Accumulators(aggregate)
        );
        bool isSliced = aggregate.IsCommutative && SlicedWindowOperator<TKey, T, TAcc, TResult, TOut>.Suits(aligned);
        return _input
            .Transform<TOut>(
                $"Window {name}",
                () =>
                    isSliced
                        ? new SlicedWindowOperator<TKey, T, TAcc, TResult, TOut>(spec with { Aggregate = aggregates() })
                        : new WholeWindowOperator<TKey, T, TAcc, TResult, TOut>(spec with { Aggregate = aggregates() }),
                isStateful: true,
                preAggregation: PreAggregationOf(name, aligned, aggregate.IsCommutative, aggregates)
            )
            .Writing<T>(LateTag)
            .Using(factory is null ? aggregate : null);
    }

    /// <summary>Adds the general window operator.</summary>
    private SingleOutputStreamOperator<TOut> Evaluate<TAcc, TResult, TOut>(
        string name,
        IAggregateFunction<T, TAcc, TResult> aggregate,
        Func<WindowFunction<TKey, TWindow, TResult, TOut>> function,
        Func<IAggregateFunction<T, TAcc, TResult>>? factory = null
    )
    {
        Func<IAggregateFunction<T, TAcc, TResult>> aggregates = factory ?? FunctionCopies.PerTask(aggregate);
        object? given = factory is null ? aggregate : null;
        PreAggregationOf(name, windows: null, aggregate.IsCommutative, aggregates);
        if (OwnEvictor is not null)
        {
            Func<Evictor<T, TWindow>> evictors = FunctionCopies.PerTask(OwnEvictor.Bind<T, TWindow>());
            return General(name, () => new EvictingContents<T, TAcc, TResult, TWindow>(aggregates(), evictors()), function)
                .Using(given, OwnEvictor);
        }

        Accumulators(aggregate);
        return General(name, () => new AggregateContents<T, TAcc, TResult, TWindow>(aggregates()), function).Using(given);
    }

    /// <summary>The serializer of accumulators, which has tried an empty one.</summary>
    private static TypeSerializer<TAcc> Accumulators<TAcc, TResult>(IAggregateFunction<T, TAcc, TResult> aggregate)
    {
        TypeSerializer<TAcc> accumulators = TypeSerializers.For<TAcc>();
        if (ValueCheck.IsNeeded(accumulators.Schema))
        {
            ValueCheck.Require(accumulators, aggregate.CreateAccumulator());
        }

        return accumulators;
    }

    private SingleOutputStreamOperator<TOut> General<TContents, TResult, TOut>(
        string name,
        Func<WindowContents<T, TContents, TResult, TWindow>> contents,
        Func<WindowFunction<TKey, TWindow, TResult, TOut>> function
    )
    {
        WindowAssigner<T, TWindow> assigner = _assigner.Bind<T>();
        Trigger<T, TWindow> trigger = (OwnTrigger ?? _assigner.DefaultTrigger).Bind<T, TWindow>();
        if (assigner.IsMerging && !trigger.CanMerge)
        {
            throw new NotSupportedException(
                $"Trigger {trigger.GetType().Name} cannot be used with {_assigner}, whose windows merge; use a trigger whose CanMerge is "
                    + "true."
            );
        }

        Func<WindowAssigner<T, TWindow>> assigners = FunctionCopies.PerTask(assigner);
        Func<Trigger<T, TWindow>> triggers = FunctionCopies.PerTask(trigger);
        WindowOperatorSpec<TKey, T, TContents, TResult, TOut, TWindow> spec = new(
            assigner,
            trigger,
            contents(),
            function,
            (long)Lateness.TotalMilliseconds,
            LateTag,
            _input.Spec.Hasher,
            _input.Spec.Serializer,
            TypeSerializers.For<TContents>()
        );
        return _input
            .Transform(
                $"Window {name}",
                () =>
                    new WindowOperator<TKey, T, TContents, TResult, TOut, TWindow>(
                        spec with
                        {
                            Assigner = assigners(),
                            Trigger = triggers(),
                            Contents = contents(),
                        }
                    ),
                isStateful: true
            )
            .Writing<T>(LateTag)
            .Using(assigner, trigger);
    }
}
