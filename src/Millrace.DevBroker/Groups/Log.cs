using Microsoft.Extensions.Logging;

namespace Millrace.DevBroker.Groups;

/// <summary>What the group coordinator logs. Event ids 6100 to 6199.</summary>
internal static partial class Log
{
    [LoggerMessage(
        EventId = 6100,
        Level = LogLevel.Warning,
        Message = "A change of group '{GroupId}' could not be written to the journal; free space on its disk"
    )]
    public static partial void GroupNotWritten(this ILogger logger, Exception exception, string groupId);

    [LoggerMessage(EventId = 6101, Level = LogLevel.Information, Message = "Found {Groups} consumer groups in the journal")]
    public static partial void GroupsRecovered(this ILogger logger, int groups);
}
