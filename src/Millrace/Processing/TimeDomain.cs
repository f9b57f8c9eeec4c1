namespace Millrace.Processing;

/// <summary>Which time a timer follows.</summary>
public enum TimeDomain
{
    /// <summary>The watermark.</summary>
    EventTime,

    /// <summary>The clock.</summary>
    ProcessingTime,
}
