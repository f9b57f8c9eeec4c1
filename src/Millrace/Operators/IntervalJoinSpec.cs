namespace Millrace.Operators;

/// <summary>
/// Which pairs an interval join makes: those with <c>right.timestamp</c> in <c>[left.timestamp + Lower, left.timestamp + Upper]</c>.
/// </summary>
internal sealed record IntervalJoinSpec<TLeft, TRight, TOut>(
    long Lower,
    long Upper,
    Func<TLeft, TRight, TOut> Join,
    string? LateLeftTag,
    string? LateRightTag
);
