namespace Millrace.Patterns;

/// <summary>Takes what a matcher finds.</summary>
internal interface IMatchListener<T>
{
    /// <summary>Whether timeouts are of interest.</summary>
    bool WantsTimeouts { get; }

    void OnMatch(PatternMatch<T> match, long timestamp);

    void OnTimeout(PatternMatch<T> match, long timestamp);
}
