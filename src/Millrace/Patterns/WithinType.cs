namespace Millrace.Patterns;

/// <summary>Between which events a <c>Within</c> measures (Flink's <c>WithinType</c>).</summary>
public enum WithinType
{
    /// <summary>Between the event taken last and the one taken for the pattern that says <c>Within</c>.</summary>
    PreviousAndCurrent,

    /// <summary>Between the first and the last event of a match; the smallest that is said counts.</summary>
    FirstAndLast,
}
