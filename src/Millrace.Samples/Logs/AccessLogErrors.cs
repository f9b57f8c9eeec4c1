namespace Millrace.Samples.Logs;

/// <summary>Says in words what is wrong with a line.</summary>
internal static class AccessLogErrors
{
    public static string Describe(AccessLogError error) =>
        error switch
        {
            AccessLogError.Empty => "the line is empty",
            AccessLogError.NoClient => "expected host, identity and user at the start",
            AccessLogError.NoTime => "expected a time like [17/May/2015:10:05:03 +0000] after the user",
            AccessLogError.BadTime => "the time in brackets does not exist",
            AccessLogError.TimeOutOfRange => "the time in brackets is outside the years 2 to 9998",
            AccessLogError.NoRequest => "expected a request in quotes after the time",
            AccessLogError.BadStatus => "expected a status from 100 to 999 after the request",
            AccessLogError.BadSize => "expected the response size, a number or -, after the status",
            AccessLogError.BadTail => "expected \"referer\" \"user agent\" or nothing after the size",
            _ => "the line is well-formed",
        };
}
