using Microsoft.Extensions.Logging;
using Millrace.Connectors;

namespace Millrace.Kafka;

/// <summary>
/// Waits out what a schema's service could not do, for one task: pauses from 100 ms that double up to 10 s, for a limited time; logged
/// once.
/// </summary>
internal sealed class ExternalServiceRetry(string subject, TimeSpan limit, ConnectorContext context, ILogger logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private long _failing = -1;
    private long _since;
    private int _attempts;
    private TimeSpan _pause;

    /// <summary>Waits before the next attempt.</summary>
    /// <param name="failure">What happened.</param>
    /// <param name="record">Tells the record apart from the one before: a number that rises, such as how many there have been.</param>
    /// <exception cref="ExternalServiceException">Another attempt is of no use, or the time is over.</exception>
    /// <exception cref="OperationCanceledException">The run ends.</exception>
    internal void Wait(ExternalServiceException failure, long record)
    {
        if (!failure.IsTransient)
        {
            throw new ExternalServiceException($"{subject}: {failure.Message}", failure) { IsTransient = false };
        }

        if (_failing != record)
        {
            (_failing, _since, _attempts, _pause) = (record, context.TimeProvider.GetTimestamp(), 0, FirstPause);
            Log.ServiceFailed(logger, failure, subject, limit);
        }

        _attempts++;
        TimeSpan lasted = context.TimeProvider.GetElapsedTime(_since);
        if (lasted >= limit)
        {
            throw new ExternalServiceException(
                $"{subject}: {failure.Message} {_attempts} attempts in {lasted.TotalSeconds:0.#} s failed; no record is left out, the run "
                    + "goes on with this one when it is restarted.",
                failure
            );
        }

        TimeSpan pause = _pause < limit - lasted ? _pause : limit - lasted;
        Task.Delay(pause, context.TimeProvider, context.CancellationToken).GetAwaiter().GetResult();
        _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
    }
}
