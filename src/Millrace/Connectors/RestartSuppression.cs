using Millrace.Serialization;

namespace Millrace.Connectors;

/// <summary>Finds out whether a failure heals by itself.</summary>
internal static class RestartSuppression
{
    /// <summary>
    /// The exception among a failure and its causes that says that another attempt would not help; <see langword="null"/> = it may.
    /// </summary>
    /// <param name="failure">The failure.</param>
    /// <param name="isForGood">Further exceptions that say so.</param>
    public static Exception? Find(Exception? failure, Func<Exception, bool>? isForGood = null)
    {
        for (Exception? cause = failure; cause is not null; cause = cause.InnerException)
        {
            if (
                cause is ISuppressRestarts { SuppressesRestarts: true } or StateMigrationException or UnsupportedStateException
                || isForGood?.Invoke(cause) == true
            )
            {
                return cause;
            }

            if (cause is AggregateException several)
            {
                return several.InnerExceptions.Select(each => Find(each, isForGood)).FirstOrDefault(found => found is not null);
            }
        }

        return null;
    }
}
