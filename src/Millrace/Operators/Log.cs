using Microsoft.Extensions.Logging;

namespace Millrace.Operators;

internal static partial class Log
{
    [LoggerMessage(
        EventId = 3200,
        Level = LogLevel.Warning,
        Message = "Source '{Source}': split '{Split}' has a record of {Timestamp}, too far ahead of {Than}; the newest that is believed is "
            + "{Newest}. It does not move the watermark; further ones are counted (RecordsAhead)."
    )]
    public static partial void TimestampAhead(ILogger logger, string source, string split, string timestamp, string than, string newest);

    [LoggerMessage(
        EventId = 3201,
        Level = LogLevel.Warning,
        Message = "Source '{Source}': split '{Split}' has jumped from {Newest} to {Timestamp}: {Votes} votes confirm it, and the watermark "
            + "follows."
    )]
    public static partial void SplitJumped(ILogger logger, string source, string split, string newest, string timestamp, int votes);

    [LoggerMessage(
        EventId = 3202,
        Level = LogLevel.Warning,
        Message = "Operator '{Name}' ('{Uid}'), task {Task}: {What}. A function that sets a timer whenever one fires never ends, and "
            + "neither does the job; set none once the current watermark is long.MaxValue."
    )]
    public static partial void TimersNeverEnd(ILogger logger, string name, string uid, int task, string what);
}
