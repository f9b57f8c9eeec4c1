namespace Millrace.Api;

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
