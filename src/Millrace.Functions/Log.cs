using Microsoft.Extensions.Logging;

namespace Millrace.Functions;

/// <summary>What the function app logs. Event ids 7110-7199.</summary>
internal static partial class Log
{
    [LoggerMessage(
        EventId = 7130,
        Level = LogLevel.Warning,
        Message = "The host names its locks by the app's name '{App}' cut to 32 characters, '{HostId}': another app or slot on this "
            + "storage account whose name begins so shares the timer's lock, and only one of them ticks. Set AzureFunctionsWebHost__hostid "
            + "to a name of 1 to 32 lower-case letters, digits and '-' that is this app's own."
    )]
    public static partial void HostIdIsCut(ILogger logger, string app, string hostId);

    [LoggerMessage(
        EventId = 7131,
        Level = LogLevel.Warning,
        Message = "AzureFunctionsWebHost__hostid is not set, so every container names its locks by its own machine and every replica "
            + "ticks. Set it to one name for all replicas of this app, of 1 to 32 lower-case letters, digits and '-'."
    )]
    public static partial void HostIdIsMissing(ILogger logger);

    [LoggerMessage(
        EventId = 7132,
        Level = LogLevel.Warning,
        Message = "WEBSITE_HOSTNAME is not set, expected the address that the host has in its container: without it the Durable client "
            + "binding fails and with it every batch and tick. Set it to localhost and the port that the host listens on, such as "
            + "localhost:8080."
    )]
    public static partial void HostNameIsMissing(ILogger logger);

    [LoggerMessage(
        EventId = 7133,
        Level = LogLevel.Warning,
        Message = "Host id '{HostId}' was last used by '{Other}', and now by '{App}'. If both run, they share the timer's lock and only "
            + "one of them ticks: set AzureFunctionsWebHost__hostid to a name of its own in each. If this app has replaced that one, "
            + "nothing is to be done and this is not said again."
    )]
    public static partial void HostIdIsShared(ILogger logger, string hostId, string other, string app);

    [LoggerMessage(
        EventId = 7134,
        Level = LogLevel.Debug,
        Message = "Who else uses host id '{HostId}' could not be looked up; the next start tries again."
    )]
    public static partial void HostIdNotCompared(ILogger logger, Exception exception, string hostId);

    [LoggerMessage(
        EventId = 7140,
        Level = LogLevel.Warning,
        Message = "The app is not ready: {Problem}. Check the settings AzureWebJobsStorage (or what Millrace:StorageConnection names) and "
            + "KafkaBrokers and the rights of the app's identity to blobs and tables; it is said again when something else is wrong."
    )]
    public static partial void NotReady(ILogger logger, Exception exception, string problem);

    [LoggerMessage(EventId = 7141, Level = LogLevel.Information, Message = "The app is ready again.")]
    public static partial void ReadyAgain(ILogger logger);
}
