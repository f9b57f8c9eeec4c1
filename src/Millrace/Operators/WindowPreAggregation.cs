using Millrace.Serialization;
using Millrace.State;
using Millrace.Windows;

namespace Millrace.Operators;

/// <summary>Pre-aggregation for the aligned windows of a keyed stream.</summary>
internal sealed class WindowPreAggregation<TKey, TIn, TAcc, TResult>(
    AlignedTimeWindows windows,
    Func<IAggregateFunction<TIn, TAcc, TResult>> aggregates,
    KeySpec<TKey, TIn> keys,
    TypeSerializer<TAcc> accumulators
) : PreAggregation<TIn>
    where TKey : notnull
{
    public override PreAggregator<TIn> CreateAggregator() =>
        new WindowPreAggregator<TKey, TIn, TAcc, TResult>(windows, aggregates(), keys.Hasher, keys.Serializer, accumulators);
}
