using Millrace.Operators.Process;
using Millrace.UserFunctions;

namespace Millrace.Api;

/// <content>Functions of single records that have a life cycle, and those that wait for something outside of the job.</content>
public partial class DataStream<T>
{
    /// <summary>One record out for each record in. Each task works with a copy of the function.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="function">The function.</param>
    public SingleOutputStreamOperator<TOut> Map<TOut>(RichMapFunction<T, TOut> function) =>
        Map(FunctionFactory.CopyOf(function)).Using(function);

    /// <summary>One record out for each record in.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="factory">Makes a function for each task.</param>
    public SingleOutputStreamOperator<TOut> Map<TOut>(Func<RichMapFunction<T, TOut>> factory) =>
        PerRecord<RichMapFunction<T, TOut>, TOut>(
            "Map",
            factory,
            static function => (value, output) => output.Collect(function.Map(value))
        );

    /// <summary>Keeps the records that fulfil a condition. Each task works with a copy of the function.</summary>
    /// <param name="function">The function.</param>
    public SingleOutputStreamOperator<T> Filter(RichFilterFunction<T> function) => Filter(FunctionFactory.CopyOf(function)).Using(function);

    /// <summary>Keeps the records that fulfil a condition.</summary>
    /// <param name="factory">Makes a function for each task.</param>
    public SingleOutputStreamOperator<T> Filter(Func<RichFilterFunction<T>> factory) =>
        PerRecord<RichFilterFunction<T>, T>(
            "Filter",
            factory,
            static function =>
                (value, output) =>
                {
                    if (function.Filter(value))
                    {
                        output.Collect(value);
                    }
                }
        );

    /// <summary>Any number of records out for each record in. Each task works with a copy of the function.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="function">The function.</param>
    public SingleOutputStreamOperator<TOut> FlatMap<TOut>(RichFlatMapFunction<T, TOut> function) =>
        FlatMap(FunctionFactory.CopyOf(function)).Using(function);

    /// <summary>Any number of records out for each record in.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="factory">Makes a function for each task.</param>
    public SingleOutputStreamOperator<TOut> FlatMap<TOut>(Func<RichFlatMapFunction<T, TOut>> factory) =>
        PerRecord<RichFlatMapFunction<T, TOut>, TOut>("FlatMap", factory, static function => function.FlatMap);

    /// <summary>
    /// One record out for each record in, many at a time, in the order of the records. For more, <see cref="AsyncDataStream"/>.
    /// </summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="mapper">Starts the request of a record; the token fires at the timeout and when the job ends. Must be repeatable.</param>
    /// <param name="timeout">For a request with all its attempts; positive.</param>
    /// <param name="capacity">Requests under way per task; then the stream waits. At least 1.</param>
    /// <param name="retry">What to do with failed requests; <see langword="null"/> = fail.</param>
    public SingleOutputStreamOperator<TOut> MapAsync<TOut>(
        Func<T, CancellationToken, Task<TOut>> mapper,
        TimeSpan timeout,
        int capacity = AsyncDataStream.DefaultCapacity,
        AsyncRetryStrategy? retry = null
    )
    {
        ArgumentNullException.ThrowIfNull(mapper);
        return RequestAsync<TOut>(async (value, token) => [await mapper(value, token).ConfigureAwait(false)], timeout, capacity, retry);
    }

    /// <summary>Keeps the records that fulfil a condition, many asked for at a time, in the order of the records.</summary>
    /// <param name="predicate">Starts the request of a record; the token fires at the timeout and when the job ends. Must be repeatable.</param>
    /// <param name="timeout">For a request with all its attempts; positive.</param>
    /// <param name="capacity">Requests under way per task; then the stream waits. At least 1.</param>
    /// <param name="retry">What to do with failed requests; <see langword="null"/> = fail.</param>
    public SingleOutputStreamOperator<T> FilterAsync(
        Func<T, CancellationToken, Task<bool>> predicate,
        TimeSpan timeout,
        int capacity = AsyncDataStream.DefaultCapacity,
        AsyncRetryStrategy? retry = null
    )
    {
        ArgumentNullException.ThrowIfNull(predicate);
        return RequestAsync<T>(
            async (value, token) => await predicate(value, token).ConfigureAwait(false) ? [value] : [],
            timeout,
            capacity,
            retry
        );
    }

    /// <summary>Any number of records out for each record in, many at a time, in the order of the records.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="flatMapper">Starts the request of a record; the token fires at the timeout and when the job ends. Must be
    /// repeatable.</param>
    /// <param name="timeout">For a request with all its attempts; positive.</param>
    /// <param name="capacity">Requests under way per task; then the stream waits. At least 1.</param>
    /// <param name="retry">What to do with failed requests; <see langword="null"/> = fail.</param>
    public SingleOutputStreamOperator<TOut> FlatMapAsync<TOut>(
        Func<T, CancellationToken, Task<IReadOnlyCollection<TOut>>> flatMapper,
        TimeSpan timeout,
        int capacity = AsyncDataStream.DefaultCapacity,
        AsyncRetryStrategy? retry = null
    )
    {
        ArgumentNullException.ThrowIfNull(flatMapper);
        return RequestAsync(flatMapper, timeout, capacity, retry);
    }

    /// <summary>Adds an operator for a function of single records.</summary>
    private protected virtual SingleOutputStreamOperator<TOut> PerRecord<TFunction, TOut>(
        string name,
        Func<TFunction> factory,
        Func<TFunction, Action<T, Collector<TOut>>> bind
    )
        where TFunction : RichFunction
    {
        Func<TFunction> create = FunctionFactory.Checked(factory);
        return Transform(
            name,
            () =>
            {
                TFunction function = create();
                return new ProcessOperator<T, TOut>(new RecordFunction<T, TOut>(function, bind(function)));
            }
        );
    }

    private SingleOutputStreamOperator<TOut> RequestAsync<TOut>(
        Func<T, CancellationToken, Task<IReadOnlyCollection<TOut>>> request,
        TimeSpan timeout,
        int capacity,
        AsyncRetryStrategy? retry
    ) => AsyncDataStream.OrderedWait(this, new DelegateAsyncFunction<T, TOut>(request), timeout, capacity, retry);
}
