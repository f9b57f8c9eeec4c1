using Millrace.Api;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Testing;

/// <summary>Makes harnesses around operators, declared as in a job. Every harness also takes <see cref="HarnessOptions"/>.</summary>
public static class OperatorHarness
{
    /// <summary>Uid of the operator in a harness made by <see cref="ForKeyedProcess"/>.</summary>
    public const string ProcessUid = "process";

    /// <summary>A harness around whatever is declared on a stream.</summary>
    /// <typeparam name="TIn">Type of the records that go in.</typeparam>
    /// <typeparam name="TOut">Type of the records that come out.</typeparam>
    /// <param name="declare">Declares the operators under test; called again after every restore, so functions with fields should be
    /// created in it.</param>
    /// <param name="options">How to run them; <see langword="null"/> = the defaults.</param>
    public static OperatorHarness<TIn, TOut> For<TIn, TOut>(
        Func<DataStream<TIn>, DataStream<TOut>> declare,
        HarnessOptions? options = null
    ) => new(declare, options);

    /// <summary>A harness around whatever is declared on a keyed stream, such as windows and process functions.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="TIn">Type of the records that go in.</typeparam>
    /// <typeparam name="TOut">Type of the records that come out.</typeparam>
    /// <param name="keySelector">From a record to its key.</param>
    /// <param name="declare">Declares the operators under test; called again after every restore, so functions with fields should be
    /// created in it.</param>
    /// <param name="options">How to run them; <see langword="null"/> = the defaults.</param>
    public static OperatorHarness<TIn, TOut> ForKeyed<TKey, TIn, TOut>(
        Func<TIn, TKey> keySelector,
        Func<KeyedStream<TKey, TIn>, DataStream<TOut>> declare,
        HarnessOptions? options = null
    )
        where TKey : notnull
    {
        ArgumentNullException.ThrowIfNull(declare);
        return new OperatorHarness<TIn, TOut>(stream => declare(stream.KeyBy(keySelector)), options);
    }

    /// <summary>A harness around windows.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="TIn">Type of the records that go in.</typeparam>
    /// <typeparam name="TWindow">Type of the windows.</typeparam>
    /// <typeparam name="TOut">Type of the records that come out.</typeparam>
    /// <param name="keySelector">From a record to its key.</param>
    /// <param name="assigner">Which windows a record belongs to.</param>
    /// <param name="declare">Declares lateness and the function of the windows; called again after every restore.</param>
    /// <param name="options">How to run them; <see langword="null"/> = the defaults.</param>
    public static OperatorHarness<TIn, TOut> ForWindow<TKey, TIn, TWindow, TOut>(
        Func<TIn, TKey> keySelector,
        WindowAssigner<TWindow> assigner,
        Func<WindowedStream<TKey, TIn, TWindow>, DataStream<TOut>> declare,
        HarnessOptions? options = null
    )
        where TKey : notnull
        where TWindow : struct, IWindow
    {
        ArgumentNullException.ThrowIfNull(declare);
        return ForKeyed<TKey, TIn, TOut>(keySelector, keyed => declare(keyed.Window(assigner)), options);
    }

    /// <summary>A harness around a keyed process function.</summary>
    /// <typeparam name="TKey">Type of the keys.</typeparam>
    /// <typeparam name="TIn">Type of the records that go in.</typeparam>
    /// <typeparam name="TOut">Type of the records that come out.</typeparam>
    /// <param name="keySelector">From a record to its key.</param>
    /// <param name="factory">Makes the function under test, for each task and after every restore.</param>
    /// <param name="options">How to run it; <see langword="null"/> = the defaults.</param>
    public static OperatorHarness<TIn, TOut> ForKeyedProcess<TKey, TIn, TOut>(
        Func<TIn, TKey> keySelector,
        Func<KeyedProcessFunction<TKey, TIn, TOut>> factory,
        HarnessOptions? options = null
    )
        where TKey : notnull => ForKeyed<TKey, TIn, TOut>(keySelector, keyed => keyed.Process(factory).WithUid(ProcessUid), options);

    /// <summary>A harness around <c>Map</c>.</summary>
    /// <typeparam name="TIn">Type of the records that go in.</typeparam>
    /// <typeparam name="TOut">Type of the records that come out.</typeparam>
    /// <param name="mapper">The function under test.</param>
    /// <param name="options">How to run it; <see langword="null"/> = the defaults.</param>
    public static OperatorHarness<TIn, TOut> ForMap<TIn, TOut>(Func<TIn, TOut> mapper, HarnessOptions? options = null) =>
        For<TIn, TOut>(stream => stream.Map(mapper), options);

    /// <summary>A harness around <c>FlatMap</c>.</summary>
    /// <typeparam name="TIn">Type of the records that go in.</typeparam>
    /// <typeparam name="TOut">Type of the records that come out.</typeparam>
    /// <param name="flatMapper">The function under test.</param>
    /// <param name="options">How to run it; <see langword="null"/> = the defaults.</param>
    public static OperatorHarness<TIn, TOut> ForFlatMap<TIn, TOut>(
        Action<TIn, Collector<TOut>> flatMapper,
        HarnessOptions? options = null
    ) => For<TIn, TOut>(stream => stream.FlatMap(flatMapper), options);
}
