using Microsoft.Extensions.Logging;

namespace Millrace.DevBroker.Transactions;

/// <summary>What the transaction coordinator logs. Event ids 6200 to 6299.</summary>
internal static partial class Log
{
    [LoggerMessage(
        EventId = 6200,
        Level = LogLevel.Information,
        Message = "The transaction of '{TransactionalId}' was open for longer than {Timeout}: it is aborted and its producer fenced"
    )]
    public static partial void TransactionTimedOut(this ILogger logger, string transactionalId, TimeSpan timeout);

    [LoggerMessage(
        EventId = 6201,
        Level = LogLevel.Warning,
        Message = "The transaction of '{TransactionalId}', decided as {State}, could not be carried out yet ({Reason}); tried again soon"
    )]
    public static partial void TransactionNotCompleted(this ILogger logger, string transactionalId, TransactionState state, string reason);

    [LoggerMessage(
        EventId = 6202,
        Level = LogLevel.Warning,
        Message = "A change of '{TransactionalId}' could not be written to the journal; free space on its disk"
    )]
    public static partial void TransactionNotWritten(this ILogger logger, Exception exception, string transactionalId);
}
