namespace Millrace.Patterns;

/// <summary>Which events may lie between an event of a pattern and the one before it.</summary>
internal enum Contiguity
{
    /// <summary>None (<c>Next</c>, <c>Consecutive</c>).</summary>
    Strict,

    /// <summary>Those that do not fulfil the condition (<c>FollowedBy</c>).</summary>
    Relaxed,

    /// <summary>Any (<c>FollowedByAny</c>, <c>AllowCombinations</c>).</summary>
    Any,

    /// <summary>The next event must not fulfil the condition (<c>NotNext</c>).</summary>
    NotNext,

    /// <summary>No event up to that of the following pattern may fulfil the condition (<c>NotFollowedBy</c>).</summary>
    NotFollow,
}
