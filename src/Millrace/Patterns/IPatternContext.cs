using Millrace.Processing;

namespace Millrace.Patterns;

/// <summary>What a function on matches can use beside the match. Valid during the call.</summary>
public interface IPatternContext
{
    /// <summary>
    /// Timestamp of the event that completed the match, or the time at which the partial match timed out, in milliseconds since the Unix
    /// epoch.
    /// </summary>
    long Timestamp { get; }

    /// <summary>The clock, in milliseconds since the Unix epoch.</summary>
    long CurrentProcessingTime { get; }

    /// <summary>Emits a record to a side output, with <see cref="Timestamp"/>.</summary>
    /// <typeparam name="TSide">Type of the record.</typeparam>
    /// <param name="tag">The side output.</param>
    /// <param name="value">The record.</param>
    void Output<TSide>(OutputTag<TSide> tag, TSide value);
}
