using Millrace.Operators.Async;
using Millrace.Serialization;
using Millrace.UserFunctions;

namespace Millrace.Api;

/// <summary>
/// Asynchronous requests from a stream (Flink's <c>AsyncDataStream</c>). Requests under way at a checkpoint are part of it and are made
/// again after a restore, so they must be repeatable.
/// </summary>
public static class AsyncDataStream
{
    /// <summary>Default number of requests under way per task.</summary>
    public const int DefaultCapacity = 100;

    /// <summary>Results come out in the order of their records.</summary>
    /// <typeparam name="TIn">Type of the records.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="input">The stream.</param>
    /// <param name="function">Makes a request.</param>
    /// <param name="timeout">For a request with all its attempts; positive.</param>
    /// <param name="capacity">Requests under way per task; then the stream waits. At least 1.</param>
    /// <param name="retry">What to do with failed requests; <see langword="null"/> = fail.</param>
    public static SingleOutputStreamOperator<TOut> OrderedWait<TIn, TOut>(
        DataStream<TIn> input,
        IAsyncFunction<TIn, TOut> function,
        TimeSpan timeout,
        int capacity = DefaultCapacity,
        AsyncRetryStrategy? retry = null
    ) => Wait(input, PerTask(function), timeout, capacity, retry, ordered: true).Using(function);

    /// <summary>Results come out in the order of their records.</summary>
    /// <typeparam name="TIn">Type of the records.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="input">The stream.</param>
    /// <param name="factory">Makes, for each task, what makes the requests.</param>
    /// <param name="timeout">For a request with all its attempts; positive.</param>
    /// <param name="capacity">Requests under way per task; then the stream waits. At least 1.</param>
    /// <param name="retry">What to do with failed requests; <see langword="null"/> = fail.</param>
    public static SingleOutputStreamOperator<TOut> OrderedWait<TIn, TOut>(
        DataStream<TIn> input,
        Func<IAsyncFunction<TIn, TOut>> factory,
        TimeSpan timeout,
        int capacity = DefaultCapacity,
        AsyncRetryStrategy? retry = null
    ) => Wait(input, FunctionFactory.Checked(factory), timeout, capacity, retry, ordered: true);

    /// <summary>Results come out as soon as they are there, but never overtake a watermark.</summary>
    /// <typeparam name="TIn">Type of the records.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="input">The stream.</param>
    /// <param name="function">Makes a request.</param>
    /// <param name="timeout">For a request with all its attempts; positive.</param>
    /// <param name="capacity">Requests under way per task; then the stream waits. At least 1.</param>
    /// <param name="retry">What to do with failed requests; <see langword="null"/> = fail.</param>
    public static SingleOutputStreamOperator<TOut> UnorderedWait<TIn, TOut>(
        DataStream<TIn> input,
        IAsyncFunction<TIn, TOut> function,
        TimeSpan timeout,
        int capacity = DefaultCapacity,
        AsyncRetryStrategy? retry = null
    ) => Wait(input, PerTask(function), timeout, capacity, retry, ordered: false).Using(function);

    /// <summary>Results come out as soon as they are there, but never overtake a watermark.</summary>
    /// <typeparam name="TIn">Type of the records.</typeparam>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="input">The stream.</param>
    /// <param name="factory">Makes, for each task, what makes the requests.</param>
    /// <param name="timeout">For a request with all its attempts; positive.</param>
    /// <param name="capacity">Requests under way per task; then the stream waits. At least 1.</param>
    /// <param name="retry">What to do with failed requests; <see langword="null"/> = fail.</param>
    public static SingleOutputStreamOperator<TOut> UnorderedWait<TIn, TOut>(
        DataStream<TIn> input,
        Func<IAsyncFunction<TIn, TOut>> factory,
        TimeSpan timeout,
        int capacity = DefaultCapacity,
        AsyncRetryStrategy? retry = null
    ) => Wait(input, FunctionFactory.Checked(factory), timeout, capacity, retry, ordered: false);

    private static Func<IAsyncFunction<TIn, TOut>> PerTask<TIn, TOut>(IAsyncFunction<TIn, TOut> function)
    {
        ArgumentNullException.ThrowIfNull(function);
        return function is RichFunction ? FunctionFactory.CopyOf(function) : FunctionCopies.PerTask(function);
    }

    private static SingleOutputStreamOperator<TOut> Wait<TIn, TOut>(
        DataStream<TIn> input,
        Func<IAsyncFunction<TIn, TOut>> create,
        TimeSpan timeout,
        int capacity,
        AsyncRetryStrategy? retry,
        bool ordered
    )
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        TypeSerializer<TIn> serializer = TypeSerializers.For<TIn>();
        AsyncRetryStrategy strategy = retry ?? AsyncRetryStrategy.None;
        return input.Transform(
            ordered ? "Async ordered" : "Async unordered",
            () =>
                new AsyncWaitOperator<TIn, TOut>(new AsyncRequests<TIn, TOut>(create(), timeout, strategy), capacity, ordered, serializer),
            isStateful: true,
            needsThread: true
        );
    }
}
