namespace Millrace.Samples.Logs;

/// <summary>Why a line is no line of an access log.</summary>
public enum AccessLogError
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>The line is empty.</summary>
    Empty,

    /// <summary>The line does not begin with host, identity and user, separated by spaces.</summary>
    NoClient,

    /// <summary>There is no time of the form <c>[17/May/2015:10:05:03 +0000]</c>.</summary>
    NoTime,

    /// <summary>The time does not exist.</summary>
    BadTime,

    /// <summary>There is no request in quotes.</summary>
    NoRequest,

    /// <summary>The status is not a number from 100 to 999.</summary>
    BadStatus,

    /// <summary>The size is neither a number nor <c>-</c>.</summary>
    BadSize,

    /// <summary>What follows the size is not referer and user agent in quotes.</summary>
    BadTail,

    /// <summary>The time is outside the years 2 to 9998 (UTC): no window that holds it could be told in a date.</summary>
    TimeOutOfRange,
}
