using Millrace.Operators.Joins;
using Millrace.Serialization;
using Millrace.State;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Api;

/// <summary>An interval join with its bounds. Immutable.</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="TLeft">Type of the left records.</typeparam>
/// <typeparam name="TRight">Type of the right records.</typeparam>
public sealed class IntervalJoined<TKey, TLeft, TRight>
    where TKey : notnull
{
    private readonly KeyedStream<TKey, TLeft> _left;
    private readonly KeyedStream<TKey, TRight> _right;
    private readonly long _lower;
    private readonly long _upper;

    internal IntervalJoined(KeyedStream<TKey, TLeft> left, KeyedStream<TKey, TRight> right, long lower, long upper)
    {
        _left = left;
        _right = right;
        _lower = lower;
        _upper = upper;
    }

    private string? LateLeft { get; init; }

    private string? LateRight { get; init; }

    /// <summary>Leaves out pairs exactly at the lower bound.</summary>
    public IntervalJoined<TKey, TLeft, TRight> LowerBoundExclusive() =>
        new(_left, _right, _lower + 1, _upper) { LateLeft = LateLeft, LateRight = LateRight };

    /// <summary>Leaves out pairs exactly at the upper bound.</summary>
    public IntervalJoined<TKey, TLeft, TRight> UpperBoundExclusive() =>
        new(_left, _right, _lower, _upper - 1) { LateLeft = LateLeft, LateRight = LateRight };

    /// <summary>Sends late left records to a side output instead of dropping them.</summary>
    /// <param name="tag">The side output.</param>
    public IntervalJoined<TKey, TLeft, TRight> SideOutputLeftLateData(OutputTag<TLeft> tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return new(_left, _right, _lower, _upper) { LateLeft = tag.Id, LateRight = LateRight };
    }

    /// <summary>Sends late right records to a side output instead of dropping them.</summary>
    /// <param name="tag">The side output.</param>
    public IntervalJoined<TKey, TLeft, TRight> SideOutputRightLateData(OutputTag<TRight> tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        return new(_left, _right, _lower, _upper) { LateLeft = LateLeft, LateRight = tag.Id };
    }

    /// <summary>Makes a record of each pair; its timestamp is the later one of the two.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="join">From a left and a right record to the result.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(Func<TLeft, TRight, TOut> join)
    {
        ArgumentNullException.ThrowIfNull(join);
        return Add(() => new SelectingJoinFunction<TLeft, TRight, TOut>(join));
    }

    /// <summary>
    /// Makes any number of records of each pair, with its timestamps, side outputs and a life cycle. Each task works with a copy of the
    /// function.
    /// </summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="function">The function.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(ProcessJoinFunction<TLeft, TRight, TOut> function) =>
        Add(FunctionFactory.CopyOf(function)).Using(function);

    /// <summary>Makes any number of records of each pair, with its timestamps, side outputs and a life cycle.</summary>
    /// <typeparam name="TOut">Type of the results.</typeparam>
    /// <param name="factory">Makes a function for each task.</param>
    public SingleOutputStreamOperator<TOut> Process<TOut>(Func<ProcessJoinFunction<TLeft, TRight, TOut>> factory) =>
        Add(FunctionFactory.Checked(factory));

    private SingleOutputStreamOperator<TOut> Add<TOut>(Func<ProcessJoinFunction<TLeft, TRight, TOut>> create)
    {
        IntervalJoinSpec spec = new(_lower, _upper, LateLeft, LateRight);
        KeySpec<TKey, TLeft> keys = _left.Spec;
        TypeSerializer<List<TimestampedValue<TLeft>>> left = TypeSerializers.For<List<TimestampedValue<TLeft>>>();
        TypeSerializer<List<TimestampedValue<TRight>>> right = TypeSerializers.For<List<TimestampedValue<TRight>>>();
        return TwoInputs
            .Add(
                _left,
                _right,
                "IntervalJoin",
                () => new IntervalJoinOperator<TKey, TLeft, TRight, TOut>(spec, create(), keys.Hasher, keys.Serializer, left, right),
                isStateful: true
            )
            .Writing<TLeft>(LateLeft)
            .Writing<TRight>(LateRight);
    }
}

/// <summary>Two keyed streams to be joined by time (Flink's <c>intervalJoin</c>).</summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
/// <typeparam name="TLeft">Type of the left records.</typeparam>
/// <typeparam name="TRight">Type of the right records.</typeparam>
public sealed class IntervalJoin<TKey, TLeft, TRight>
    where TKey : notnull
{
    private readonly KeyedStream<TKey, TLeft> _left;
    private readonly KeyedStream<TKey, TRight> _right;

    internal IntervalJoin(KeyedStream<TKey, TLeft> left, KeyedStream<TKey, TRight> right)
    {
        _left = left;
        _right = right;
    }

    /// <summary>Joins records with <c>left + lower &lt;= right &lt;= left + upper</c>.</summary>
    /// <param name="lower">Lower bound, may be negative.</param>
    /// <param name="upper">Upper bound, not below the lower one.</param>
    public IntervalJoined<TKey, TLeft, TRight> Between(TimeSpan lower, TimeSpan upper)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(upper, lower);
        return new IntervalJoined<TKey, TLeft, TRight>(_left, _right, (long)lower.TotalMilliseconds, (long)upper.TotalMilliseconds);
    }
}
