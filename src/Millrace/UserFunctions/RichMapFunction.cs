namespace Millrace.UserFunctions;

/// <summary>
/// One record out for each record in, with a life cycle (Flink's <c>RichMapFunction</c>); on a keyed stream with state per key.
/// </summary>
/// <typeparam name="TIn">Type of the records.</typeparam>
/// <typeparam name="TOut">Type of the results.</typeparam>
public abstract class RichMapFunction<TIn, TOut> : RichFunction
{
    /// <summary>The result of a record.</summary>
    /// <param name="value">The record.</param>
    public abstract TOut Map(TIn value);
}

/// <summary>
/// Keeps the records that fulfil a condition, with a life cycle (Flink's <c>RichFilterFunction</c>); on a keyed stream with state per key.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public abstract class RichFilterFunction<T> : RichFunction
{
    /// <summary>Whether to keep a record.</summary>
    /// <param name="value">The record.</param>
    public abstract bool Filter(T value);
}

/// <summary>
/// Any number of records out for each record in, with a life cycle (Flink's <c>RichFlatMapFunction</c>); on a keyed stream with state per
/// key.
/// </summary>
/// <typeparam name="TIn">Type of the records.</typeparam>
/// <typeparam name="TOut">Type of the results.</typeparam>
public abstract class RichFlatMapFunction<TIn, TOut> : RichFunction
{
    /// <summary>Emits the results of a record.</summary>
    /// <param name="value">The record.</param>
    /// <param name="output">Takes the results.</param>
    public abstract void FlatMap(TIn value, Collector<TOut> output);
}

/// <summary>
/// Asks something outside of the job about each record, with a life cycle of its own for a client or a pool (Flink's
/// <c>RichAsyncFunction</c>). It has no keyed state. Used by many calls at once: must be thread-safe.
/// </summary>
/// <typeparam name="TIn">Type of the records.</typeparam>
/// <typeparam name="TOut">Type of the results.</typeparam>
public abstract class RichAsyncFunction<TIn, TOut> : RichFunction, IAsyncFunction<TIn, TOut>
{
    /// <inheritdoc/>
    public abstract Task<IReadOnlyCollection<TOut>> InvokeAsync(TIn value, CancellationToken cancellationToken);
}

/// <summary>A rich function of single records as a process function.</summary>
internal sealed class RecordFunction<TIn, TOut>(RichFunction function, Action<TIn, Collector<TOut>> take) : ProcessFunction<TIn, TOut>
{
    public override void ProcessElement(TIn value, IProcessContext context, Collector<TOut> output) => take(value, output);

    protected override void Open() => function.OpenWith(RuntimeContext);

    protected override void Close() => function.CloseAtEnd();
}

/// <summary>A rich function of single records as a process function of a keyed stream.</summary>
internal sealed class KeyedRecordFunction<TKey, TIn, TOut>(RichFunction function, Action<TIn, Collector<TOut>> take)
    : KeyedProcessFunction<TKey, TIn, TOut>
{
    public override void ProcessElement(TIn value, IKeyedProcessContext<TKey> context, Collector<TOut> output) => take(value, output);

    protected override void Open() => function.OpenWith(RuntimeContext);

    protected override void Close() => function.CloseAtEnd();
}

/// <summary>A request for each record, given as a delegate.</summary>
internal sealed class DelegateAsyncFunction<TIn, TOut>(Func<TIn, CancellationToken, Task<IReadOnlyCollection<TOut>>> request)
    : IAsyncFunction<TIn, TOut>
{
    public Task<IReadOnlyCollection<TOut>> InvokeAsync(TIn value, CancellationToken cancellationToken) => request(value, cancellationToken);
}
