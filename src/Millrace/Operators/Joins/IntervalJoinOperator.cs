using System.Runtime.CompilerServices;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Errors;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Time;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Operators.Joins;

/// <summary>
/// Joins records of two keyed streams whose timestamps are near each other (Flink's <c>IntervalJoinOperator</c>). Both sides are kept,
/// sorted by time, until no record of the other side can match any more. A joined record has the later timestamp of the two.
/// </summary>
internal sealed class IntervalJoinOperator<TKey, TLeft, TRight, TOut>(
    IntervalJoinSpec spec,
    ProcessJoinFunction<TLeft, TRight, TOut> function,
    IKeyHasher<TKey> hasher,
    TypeSerializer<TKey> keySerializer,
    TypeSerializer<List<TimestampedValue<TLeft>>> leftSerializer,
    TypeSerializer<List<TimestampedValue<TRight>>> rightSerializer
) : KeyedTwoInputOperator<TKey, TLeft, TRight, TOut>(hasher, keySerializer)
    where TKey : notnull
{
    // Checkpointed.
    private StateTable<TKey, VoidNamespace, List<TimestampedValue<TLeft>>> _left = null!;
    private StateTable<TKey, VoidNamespace, List<TimestampedValue<TRight>>> _right = null!;

    // Not checkpointed.
    private OperatorOutput<TLeft>? _lateLeft;
    private OperatorOutput<TRight>? _lateRight;
    private JoinContext _pair = null!;

    public override void Open(ISnapshotReader? restored)
    {
        base.Open(restored);
        _pair = new JoinContext(SideOutputs);
        _left = Runtime.Backend.CreateTable("left", TypeSerializers.For<VoidNamespace>(), leftSerializer);
        _right = Runtime.Backend.CreateTable("right", TypeSerializers.For<VoidNamespace>(), rightSerializer);
        _lateLeft = spec.LateLeftTag is null ? null : SideOutputs.Find<TLeft>(spec.LateLeftTag);
        _lateRight = spec.LateRightTag is null ? null : SideOutputs.Find<TRight>(spec.LateRightTag);
        function.OpenWith(Runtime.CreateContext());
    }

    public override void Dispose()
    {
        function.CloseAtEnd();
        base.Dispose();
    }

    protected override void OnFirst(TLeft value, long timestamp)
    {
        if (IsLate(timestamp))
        {
            _lateLeft?.Collect(value, timestamp);
            return;
        }

        ref readonly List<TimestampedValue<TRight>> others = ref _right.Show<TRight>(default);
        if (!Unsafe.IsNullRef(in others))
        {
            List<TimestampedValue<TRight>> list = others;
            long last = EventTime.Add(timestamp, spec.Upper);
            for (int i = TimeSorted.FirstFrom(list, EventTime.Add(timestamp, spec.Lower)); i < list.Count && list[i].Timestamp <= last; i++)
            {
                Join(value, timestamp, list[i].Value, list[i].Timestamp);
            }
        }

        // Last, so that a record whose join throws leaves nothing behind.
        TimeSorted.Insert(_left.GetOrAdd(default, out _) ??= [], value, timestamp);
        Timers.RegisterEventTimeTimer(default, spec.Upper > 0 ? EventTime.Add(timestamp, spec.Upper) : timestamp);
    }

    protected override void OnSecond(TRight value, long timestamp)
    {
        if (IsLate(timestamp))
        {
            _lateRight?.Collect(value, timestamp);
            return;
        }

        ref readonly List<TimestampedValue<TLeft>> others = ref _left.Show<TLeft>(default);
        if (!Unsafe.IsNullRef(in others))
        {
            List<TimestampedValue<TLeft>> list = others;
            long last = EventTime.Subtract(timestamp, spec.Lower);
            for (
                int i = TimeSorted.FirstFrom(list, EventTime.Subtract(timestamp, spec.Upper));
                i < list.Count && list[i].Timestamp <= last;
                i++
            )
            {
                Join(list[i].Value, list[i].Timestamp, value, timestamp);
            }
        }

        TimeSorted.Insert(_right.GetOrAdd(default, out _) ??= [], value, timestamp);
        Timers.RegisterEventTimeTimer(default, spec.Lower < 0 ? EventTime.Subtract(timestamp, spec.Lower) : timestamp);
    }

    protected override void OnTimer(long timestamp, TimeDomain domain)
    {
        // The last time is the timer of all records whose own lies beyond it.
        bool isEnd = timestamp == long.MaxValue;
        Drop(_left, spec.Upper > 0 && !isEnd ? EventTime.Subtract(timestamp, spec.Upper) : timestamp);
        Drop(_right, spec.Lower < 0 && !isEnd ? EventTime.Add(timestamp, spec.Lower) : timestamp);
    }

    /// <summary>Drops the records up to a timestamp, which can match nothing that comes now.</summary>
    private static void Drop<T>(StateTable<TKey, VoidNamespace, List<TimestampedValue<T>>> table, long upTo)
    {
        ref List<TimestampedValue<T>> found = ref table.Find(default);
        if (Unsafe.IsNullRef(ref found))
        {
            return;
        }

        found.RemoveRange(0, TimeSorted.LastUpTo(found, upTo) + 1);
        if (found.Count == 0)
        {
            table.Remove(default);
        }
    }

    private void Join(TLeft left, long leftTimestamp, TRight right, long rightTimestamp)
    {
        (_pair.LeftTimestamp, _pair.RightTimestamp) = (leftTimestamp, rightTimestamp);
        Collector.Timestamp = _pair.Timestamp;
        function.ProcessElement(left, right, _pair, Collector);
    }

    private bool IsLate(long timestamp) =>
        timestamp == RecordBatch.NoTimestamp
            ? throw new WrongJobException(
                $"Interval join '{Context.Name}' got a record without an event timestamp; give the source a WatermarkStrategy with a "
                    + "timestamp assigner."
            )
            : timestamp < Timers.CurrentWatermark;
}

/// <summary>
/// Which pairs an interval join makes: those with <c>right.timestamp</c> in <c>[left.timestamp + Lower, left.timestamp + Upper]</c>.
/// </summary>
internal sealed record IntervalJoinSpec(long Lower, long Upper, string? LateLeftTag, string? LateRightTag);

internal sealed class JoinContext(SideOutputs sideOutputs) : IJoinContext
{
    private readonly SideOutputCache _sideOutputs = new(sideOutputs);

    public long LeftTimestamp { get; set; }

    public long RightTimestamp { get; set; }

    public long Timestamp => Math.Max(LeftTimestamp, RightTimestamp);

    public void Output<T>(OutputTag<T> tag, T value) => _sideOutputs.Emit(tag, value, Timestamp);
}
