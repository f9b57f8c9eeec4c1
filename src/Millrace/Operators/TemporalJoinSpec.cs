namespace Millrace.Operators;

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
