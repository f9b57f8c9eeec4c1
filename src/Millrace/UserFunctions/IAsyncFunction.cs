namespace Millrace.UserFunctions;

/// <summary>
/// Asks something outside of the job about each record, many at a time (Flink's <c>AsyncFunction</c>). Used by many calls at once: must be
/// thread-safe.
/// </summary>
/// <typeparam name="TIn">Type of the records.</typeparam>
/// <typeparam name="TOut">Type of the results.</typeparam>
public interface IAsyncFunction<TIn, TOut>
{
    /// <summary>Starts the request of a record.</summary>
    /// <param name="value">The record.</param>
    /// <param name="cancellationToken">Fires at the timeout and when the job ends.</param>
    /// <returns>The record's results; any number.</returns>
    Task<IReadOnlyCollection<TOut>> InvokeAsync(TIn value, CancellationToken cancellationToken);

    /// <summary>What stands for a record whose request, all attempts together, took too long. By default the job fails.</summary>
    /// <param name="value">The record.</param>
    /// <exception cref="TimeoutException">The default.</exception>
    IReadOnlyCollection<TOut> OnTimeout(TIn value) =>
        throw new TimeoutException(
            $"The asynchronous request of '{value}' did not end in time; raise the timeout, or implement OnTimeout."
        );
}
