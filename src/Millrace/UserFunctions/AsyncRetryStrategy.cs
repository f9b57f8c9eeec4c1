namespace Millrace.UserFunctions;

/// <summary>
/// Whether and when an asynchronous request that failed is tried again (Flink's <c>AsyncRetryStrategy</c>). Immutable. The request's
/// timeout covers all attempts.
/// </summary>
public sealed class AsyncRetryStrategy
{
    private AsyncRetryStrategy(int maxAttempts, TimeSpan initialDelay, TimeSpan maxDelay, double factor)
    {
        MaxAttempts = maxAttempts;
        InitialDelay = initialDelay;
        MaxDelay = maxDelay;
        Factor = factor;
    }

    /// <summary>One attempt only.</summary>
    public static AsyncRetryStrategy None { get; } = new(1, TimeSpan.Zero, TimeSpan.Zero, 1);

    /// <summary>Attempts at most, the first included.</summary>
    public int MaxAttempts { get; }

    /// <summary>Which failures are worth another attempt; default all.</summary>
    public Func<Exception, bool> RetryOn { get; private init; } = static _ => true;

    private TimeSpan InitialDelay { get; }

    private TimeSpan MaxDelay { get; }

    private double Factor { get; }

    /// <summary>The same delay before each attempt.</summary>
    /// <param name="maxAttempts">Attempts at most, the first included; at least 1.</param>
    /// <param name="delay">Before each further attempt.</param>
    public static AsyncRetryStrategy FixedDelay(int maxAttempts, TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxAttempts);
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return new AsyncRetryStrategy(maxAttempts, delay, delay, 1);
    }

    /// <summary>A delay that grows by a factor.</summary>
    /// <param name="maxAttempts">Attempts at most, the first included; at least 1.</param>
    /// <param name="initialDelay">Before the second attempt, more than zero.</param>
    /// <param name="maxDelay">Longest delay.</param>
    /// <param name="factor">Growth, at least 1.</param>
    public static AsyncRetryStrategy ExponentialBackoff(int maxAttempts, TimeSpan initialDelay, TimeSpan maxDelay, double factor = 2)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxAttempts);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(initialDelay, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDelay, initialDelay);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        return new AsyncRetryStrategy(maxAttempts, initialDelay, maxDelay, factor);
    }

    /// <summary>Tries again only after some failures.</summary>
    /// <param name="retryOn">Whether a failure is worth another attempt.</param>
    public AsyncRetryStrategy OnlyOn(Func<Exception, bool> retryOn)
    {
        ArgumentNullException.ThrowIfNull(retryOn);
        return new AsyncRetryStrategy(MaxAttempts, InitialDelay, MaxDelay, Factor) { RetryOn = retryOn };
    }

    /// <summary>The delay after a failed attempt.</summary>
    /// <param name="attempt">Number of the failed attempt, from 1.</param>
    internal TimeSpan DelayAfter(int attempt)
    {
        double delay = InitialDelay.TotalMilliseconds * Math.Pow(Factor, attempt - 1);
        return TimeSpan.FromMilliseconds(Math.Min(delay, MaxDelay.TotalMilliseconds));
    }
}
