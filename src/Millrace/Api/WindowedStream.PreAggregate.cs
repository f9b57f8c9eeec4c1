using Millrace.Operators.Windows;
using Millrace.Serialization;
using Millrace.Windows;

namespace Millrace.Api;

/// <content>Pre-aggregation at the source.</content>
public sealed partial class WindowedStream<TKey, T, TWindow>
{
    private bool PreAggregates { get; init; }

    /// <summary>
    /// Lets a host with a network between source and window (Azure Functions) combine the records of each batch per key and window where
    /// they are read, and send the accumulators instead (the two-phase aggregation of Flink SQL). Worth it where keys repeat within a
    /// batch; it costs a second write of the ledger per batch and partition. The results are those of single records if
    /// <see cref="IAggregateFunction{TIn, TAcc, TOut}.Merge"/> gives what adding the records of the right accumulator to the left one
    /// would; over sliding windows it has to be
    /// <see cref="IAggregateFunction{TIn, TAcc, TOut}.IsCommutative"/>. Embedded it changes nothing. It is fixed for the life of the job's
    /// state on that host: to change it, start from a savepoint.
    /// </summary>
    /// <remarks>For tumbling and sliding windows in event time that are evaluated once, by an aggregate or a reduce without a process
    /// window function. Anything else is refused when the aggregate is added.</remarks>
    public WindowedStream<TKey, T, TWindow> PreAggregate() => new(this) { PreAggregates = true };

    private WindowPreAggregation<TKey, T, TAcc, TResult>? PreAggregationOf<TAcc, TResult>(
        string name,
        AlignedTimeWindows? windows,
        bool isCommutative,
        Func<IAggregateFunction<T, TAcc, TResult>> aggregates
    )
    {
        if (!PreAggregates)
        {
            return null;
        }

        string[] obstacles = [.. Obstacles(windows, isCommutative)];
        return obstacles.Length == 0
            ? new WindowPreAggregation<TKey, T, TAcc, TResult>(windows!, aggregates, _input.Spec, TypeSerializers.For<TAcc>())
            : throw new NotSupportedException(
                $"{name} over {_assigner} cannot be pre-aggregated: {string.Join("; ", obstacles)}. Leave out PreAggregate()."
            );
    }

    private IEnumerable<string> Obstacles(AlignedTimeWindows? windows, bool isCommutative)
    {
        if (_assigner is not AlignedTimeWindows { IsEventTime: true } aligned)
        {
            yield return "its windows are not tumbling or sliding windows in event time";
        }
        else if (aligned.Slide > aligned.Size)
        {
            yield return "there are gaps between its windows";
        }
        else if (aligned.Slide < aligned.Size && !isCommutative)
        {
            yield return "records of a sliding window lose their order, and the aggregate does not say that it IsCommutative";
        }

        if (OwnTrigger is not (null or EventTimeTrigger))
        {
            yield return $"{OwnTrigger.GetType().Name} sees single records";
        }

        if (OwnEvictor is not null)
        {
            yield return $"{OwnEvictor.GetType().Name} sees single records";
        }

        if (LateTag is not null)
        {
            yield return $"side output '{LateTag}' wants single late records";
        }

        if (Lateness > TimeSpan.Zero)
        {
            yield return "with an allowed lateness every late record fires its window again";
        }

        if (
            windows is null
            && OwnTrigger is null or EventTimeTrigger
            && OwnEvictor is null
            && _assigner is AlignedTimeWindows { IsEventTime: true }
        )
        {
            yield return "a process window function gets its windows one by one; use Aggregate or Reduce with a selector instead";
        }
    }
}
