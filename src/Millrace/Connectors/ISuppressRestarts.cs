using Millrace.Serialization;

namespace Millrace.Connectors;

/// <summary>An exception that knows whether another attempt can do better.</summary>
public interface ISuppressRestarts
{
    /// <summary>Whether the job must not be run again by itself: what failed stays as it is until somebody changes it.</summary>
    bool SuppressesRestarts { get; }
}

/// <summary>
/// A failure that another attempt would meet again (Flink's <c>SuppressRestartsException</c>): the job ends with it, whatever its restart
/// strategy says; on a trigger-driven host it is suspended and its status says why. Connectors and user functions throw it, or an exception
/// of their own that is <see cref="ISuppressRestarts"/>; it counts as an inner exception too.
/// </summary>
public class SuppressRestartsException : Exception, ISuppressRestarts
{
    /// <summary>Creates the exception.</summary>
    public SuppressRestartsException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names subject, actual, expected and remedy.</param>
    public SuppressRestartsException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names subject, actual, expected and remedy.</param>
    /// <param name="innerException">The cause.</param>
    public SuppressRestartsException(string message, Exception? innerException)
        : base(message, innerException) { }

    /// <inheritdoc/>
    public bool SuppressesRestarts => true;
}

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
