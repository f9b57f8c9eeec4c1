using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Operators.Joins;

/// <summary>
/// Joins each left record at once with the version of its key that came last (Flink's <c>TemporalProcessTimeJoinOperator</c>).
/// </summary>
internal sealed class ProcessingTimeTemporalJoinOperator<TKey, TLeft, TRight, TOut>(
    TemporalJoinSpec<TLeft, TRight, TOut> spec,
    IKeyHasher<TKey> hasher,
    TypeSerializer<TKey> keySerializer,
    TypeSerializer<TRight> versionSerializer
) : KeyedTwoInputOperator<TKey, TLeft, TRight, TOut>(hasher, keySerializer)
    where TKey : notnull
{
    // Checkpointed.
    private IValueState<TRight> _version = null!;

    public override void Open(ISnapshotReader? restored)
    {
        base.Open(restored);
        ValueStateDescriptor<TRight> descriptor = new("version", serializer: versionSerializer);
        if (spec.ValidFor is { } validFor)
        {
            descriptor.EnableTimeToLive(new StateTtlConfig(TimeSpan.FromMilliseconds(validFor)));
        }

        _version = Runtime.Backend.Global.GetState(descriptor);
    }

    protected override void OnFirst(TLeft value, long timestamp)
    {
        if (_version.HasValue)
        {
            Output.Collect(spec.Join(value, _version.Value!), timestamp);
        }
        else if (spec.WithoutVersion is not null)
        {
            Output.Collect(spec.WithoutVersion(value), timestamp);
        }
    }

    protected override void OnSecond(TRight value, long timestamp)
    {
        if (spec.IsDelete?.Invoke(value) == true)
        {
            _version.Clear();
        }
        else
        {
            _version.Update(value);
        }
    }

    protected override void OnTimer(long timestamp, TimeDomain domain) =>
        throw new InvalidOperationException(
            $"Temporal join '{Context.Name}' sets no timers as of processing time, but one fired; its state is another operator's: give "
                + "each its own uid."
        );
}
