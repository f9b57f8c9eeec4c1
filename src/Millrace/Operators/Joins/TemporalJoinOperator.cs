using System.Runtime.CompilerServices;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Errors;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Operators.Joins;

/// <summary>
/// Joins each left record with the version of its key that is valid at the record's time (Flink's <c>TemporalRowTimeJoinOperator</c>, SQL's
/// <c>FOR SYSTEM_TIME AS OF</c>). A left record waits until the watermark of both sides has passed it; of the versions that the watermark
/// has passed, the last one of each key is kept. A joined record has the left timestamp.
/// </summary>
internal sealed class TemporalJoinOperator<TKey, TLeft, TRight, TOut>(
    TemporalJoinSpec<TLeft, TRight, TOut> spec,
    IKeyHasher<TKey> hasher,
    TypeSerializer<TKey> keySerializer,
    TypeSerializer<List<TimestampedValue<TLeft>>> leftSerializer,
    TypeSerializer<List<TimestampedValue<TRight>>> versionSerializer
) : KeyedTwoInputOperator<TKey, TLeft, TRight, TOut>(hasher, keySerializer)
    where TKey : notnull
{
    // Checkpointed.
    private StateTable<TKey, VoidNamespace, List<TimestampedValue<TLeft>>> _left = null!;
    private StateTable<TKey, VoidNamespace, List<TimestampedValue<TRight>>> _versions = null!;

    // Not checkpointed.
    private OperatorOutput<TLeft>? _late;

    /// <summary>Number of keys that have waiting records or versions, counted once for each of both.</summary>
    public long KeptKeys => _left.Count + _versions.Count;

    public override void Open(ISnapshotReader? restored)
    {
        base.Open(restored);
        _left = Runtime.Backend.CreateTable("left", TypeSerializers.For<VoidNamespace>(), leftSerializer);
        _versions = Runtime.Backend.CreateTable("versions", TypeSerializers.For<VoidNamespace>(), versionSerializer);
        _late = spec.LateLeftTag is null ? null : SideOutputs.Find<TLeft>(spec.LateLeftTag);
    }

    protected override void OnFirst(TLeft value, long timestamp)
    {
        if (IsLate(timestamp))
        {
            if (_late is not null)
            {
                _late.Collect(value, timestamp);
            }
            else
            {
                Emit(new TimestampedValue<TLeft>(value, timestamp), VersionsOfKey());
            }

            return;
        }

        // The earliest waiting record of a key has a timer; the others get theirs when it fires.
        if (TimeSorted.Insert(_left.GetOrAdd(default, out _) ??= [], value, timestamp) == 0)
        {
            Timers.RegisterEventTimeTimer(default, timestamp);
        }
    }

    protected override void OnSecond(TRight value, long timestamp)
    {
        bool isLate = IsLate(timestamp);
        List<TimestampedValue<TRight>> versions = _versions.GetOrAdd(default, out _) ??= [];
        int same = TimeSorted.LastUpTo(versions, timestamp);
        if (same >= 0 && versions[same].Timestamp == timestamp)
        {
            versions[same] = new TimestampedValue<TRight>(value, timestamp);
        }
        else
        {
            TimeSorted.Insert(versions, value, timestamp);
        }

        if (isLate)
        {
            Forget(versions);
        }
        else
        {
            Timers.RegisterEventTimeTimer(default, timestamp);
        }
    }

    protected override void OnTimer(long timestamp, TimeDomain domain)
    {
        ref List<TimestampedValue<TRight>> found = ref _versions.Find(default);
        List<TimestampedValue<TRight>>? versions = Unsafe.IsNullRef(ref found) ? null : found;
        ref List<TimestampedValue<TLeft>> waiting = ref _left.Find(default);
        if (!Unsafe.IsNullRef(ref waiting))
        {
            EmitUpTo(Timers.CurrentWatermark, waiting, versions);
        }

        if (versions is not null)
        {
            Forget(versions);
        }
    }

    private List<TimestampedValue<TRight>>? VersionsOfKey()
    {
        ref readonly List<TimestampedValue<TRight>> versions = ref _versions.Show<TRight>(default);
        return Unsafe.IsNullRef(in versions) ? null : versions;
    }

    private void EmitUpTo(long watermark, List<TimestampedValue<TLeft>> waiting, List<TimestampedValue<TRight>>? versions)
    {
        int due = TimeSorted.LastUpTo(waiting, watermark) + 1;
        for (int i = 0; i < due; i++)
        {
            try
            {
                Emit(waiting[i], versions);
            }
            catch (Exception failure) when (IsOwn(failure))
            {
                Errors.OnKeyedRecord(failure, Runtime.Keys.Key, waiting[i].Value, waiting[i].Timestamp);
            }
        }

        if (due == waiting.Count)
        {
            _left.Remove(default);
            return;
        }

        waiting.RemoveRange(0, due);
        Timers.RegisterEventTimeTimer(default, waiting[0].Timestamp);
    }

    private void Emit(TimestampedValue<TLeft> left, List<TimestampedValue<TRight>>? versions)
    {
        int valid = versions is null ? -1 : TimeSorted.LastUpTo(versions, left.Timestamp);
        if (valid >= 0 && left.Timestamp < EndOf(versions![valid]) && spec.IsDelete?.Invoke(versions[valid].Value) != true)
        {
            Output.Collect(spec.Join(left.Value, versions[valid].Value), left.Timestamp);
        }
        else if (spec.WithoutVersion is not null)
        {
            Output.Collect(spec.WithoutVersion(left.Value), left.Timestamp);
        }
    }

    /// <summary>
    /// Drops the versions that nothing can be joined with any more: all that the watermark has passed but for the last, and that one too
    /// where it has ended or is a delete.
    /// </summary>
    private void Forget(List<TimestampedValue<TRight>> versions)
    {
        long watermark = Timers.CurrentWatermark;
        int passed = TimeSorted.LastUpTo(versions, watermark);
        if (passed >= 0)
        {
            long end = EndOf(versions[passed]);
            bool isGone = end <= watermark || spec.IsDelete?.Invoke(versions[passed].Value) == true;
            versions.RemoveRange(0, isGone ? passed + 1 : passed);
            if (!isGone && end < long.MaxValue)
            {
                Timers.RegisterEventTimeTimer(default, end);
            }
        }

        if (versions.Count == 0)
        {
            _versions.Remove(default);
        }
    }

    private long EndOf(TimestampedValue<TRight> version) =>
        spec.ValidFor is { } validFor && version.Timestamp < long.MaxValue - validFor ? version.Timestamp + validFor : long.MaxValue;

    private bool IsLate(long timestamp) =>
        timestamp == RecordBatch.NoTimestamp
            ? throw new WrongJobException(
                $"Temporal join '{Context.Name}' got a record without an event timestamp; give both sources a WatermarkStrategy with a "
                    + "timestamp assigner, or join as of processing time."
            )
            : timestamp <= Timers.CurrentWatermark;
}

/// <summary>What a temporal join makes of a left record and the version that is valid at its time.</summary>
/// <param name="Join">For a record that has a version.</param>
/// <param name="WithoutVersion">For a record that has none; <see langword="null"/> = it is dropped (an inner join).</param>
/// <param name="IsDelete">Whether a version says that its key is gone.</param>
/// <param name="ValidFor">How long a version is valid at most, in milliseconds; <see langword="null"/> = until the next one.</param>
/// <param name="LateLeftTag">Side output for left records that come behind the watermark; <see langword="null"/> = they are joined with
/// what is kept.</param>
internal sealed record TemporalJoinSpec<TLeft, TRight, TOut>(
    Func<TLeft, TRight, TOut> Join,
    Func<TLeft, TOut>? WithoutVersion,
    Predicate<TRight>? IsDelete,
    long? ValidFor,
    string? LateLeftTag
);
