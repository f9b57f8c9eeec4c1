namespace Millrace.Runtime;

/// <summary>
/// Decides whether and when a failed run starts again from its last checkpoint. Immutable; its memory of failures is kept by the run.
/// </summary>
public abstract class RestartStrategy
{
    private protected RestartStrategy() { }

    /// <summary>Never restart.</summary>
    public static RestartStrategy None { get; } = new NoRestart();

    /// <summary>Restart a number of times, each after the same delay.</summary>
    /// <param name="attempts">Restarts at most, at least 1.</param>
    /// <param name="delay">Before each restart.</param>
    public static RestartStrategy FixedDelay(int attempts, TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(attempts);
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return new FixedDelayRestart(attempts, delay);
    }

    /// <summary>Restart for ever, with a delay that doubles after each failure and starts again after a quiet time.</summary>
    /// <param name="initial">First delay, more than zero.</param>
    /// <param name="max">Longest delay.</param>
    /// <param name="resetAfter">Quiet time after which the delay is <paramref name="initial"/> again; default ten times
    /// <paramref name="max"/>.</param>
    public static RestartStrategy ExponentialDelay(TimeSpan initial, TimeSpan max, TimeSpan? resetAfter = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(initial, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, initial);
        return new ExponentialDelayRestart(initial, max, resetAfter ?? max * 10);
    }

    /// <summary>Restart as long as failures are rarer than a rate.</summary>
    /// <param name="maxFailures">Failures in <paramref name="interval"/> that are still tolerated, at least 1.</param>
    /// <param name="interval">The interval.</param>
    /// <param name="delay">Before each restart.</param>
    public static RestartStrategy FailureRate(int maxFailures, TimeSpan interval, TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxFailures);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        return new FailureRateRestart(maxFailures, interval, delay);
    }

    /// <summary>The delay before the next restart, or <see langword="null"/> to give up.</summary>
    /// <param name="failures">Times of all failures so far, the newest last.</param>
    internal abstract TimeSpan? NextDelay(IReadOnlyList<DateTimeOffset> failures);

    private sealed class NoRestart : RestartStrategy
    {
        internal override TimeSpan? NextDelay(IReadOnlyList<DateTimeOffset> failures) => null;
    }

    private sealed class FixedDelayRestart(int attempts, TimeSpan delay) : RestartStrategy
    {
        internal override TimeSpan? NextDelay(IReadOnlyList<DateTimeOffset> failures) => failures.Count <= attempts ? delay : null;
    }

    private sealed class ExponentialDelayRestart(TimeSpan initial, TimeSpan max, TimeSpan resetAfter) : RestartStrategy
    {
        internal override TimeSpan? NextDelay(IReadOnlyList<DateTimeOffset> failures)
        {
            TimeSpan delay = initial;
            for (int i = failures.Count - 1; i > 0 && delay < max && failures[i] - failures[i - 1] < resetAfter; i--)
            {
                delay *= 2;
            }

            return delay < max ? delay : max;
        }
    }

    private sealed class FailureRateRestart(int maxFailures, TimeSpan interval, TimeSpan delay) : RestartStrategy
    {
        internal override TimeSpan? NextDelay(IReadOnlyList<DateTimeOffset> failures)
        {
            DateTimeOffset newest = failures[^1];
            return failures.Count(failure => newest - failure < interval) <= maxFailures ? delay : null;
        }
    }
}
