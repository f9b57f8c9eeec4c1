namespace Millrace.Windows;

/// <summary>
/// Aggregates records one by one into an accumulator (Flink's <c>AggregateFunction</c>). Accumulators are best small structs: they are kept
/// in place, one per key and window. Must be deterministic and without state of its own.
/// </summary>
/// <typeparam name="TIn">Type of the records.</typeparam>
/// <typeparam name="TAcc">Type of the accumulator; kept in state.</typeparam>
/// <typeparam name="TOut">Type of the result.</typeparam>
public interface IAggregateFunction<TIn, TAcc, TOut>
{
    /// <summary>An accumulator of no records.</summary>
    TAcc CreateAccumulator();

    /// <summary>Adds a record.</summary>
    /// <param name="value">The record.</param>
    /// <param name="accumulator">The accumulator so far; may be changed and returned.</param>
    TAcc Add(TIn value, TAcc accumulator);

    /// <summary>The result of an accumulator, which stays in use.</summary>
    /// <param name="accumulator">The accumulator.</param>
    TOut GetResult(TAcc accumulator);

    /// <summary>
    /// Whether the order of records does not matter to the result, and <see cref="Merge"/> leaves its right accumulator as it is and
    /// neither keeps nor returns it (accumulators without references cannot). Sliding event-time windows whose size is a multiple of their
    /// slide then share slices: a record updates one slice of the slide's length instead of each of its windows. Default: no, so that
    /// records are added in the order in which they come.
    /// </summary>
    bool IsCommutative => false;

    /// <summary>
    /// The accumulator of the records of both; needed by merging windows (sessions), where <see cref="IsCommutative"/>, and by
    /// pre-aggregation at the source.
    /// </summary>
    /// <param name="left">One accumulator; may be changed and returned. Of the older records, where there is an order.</param>
    /// <param name="right">The other.</param>
    TAcc Merge(TAcc left, TAcc right);
}
