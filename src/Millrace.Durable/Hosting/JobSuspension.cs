using System.Collections.Concurrent;
using System.Globalization;
using Millrace.Connectors;
using Millrace.Errors;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Whether a job may go on: what this process has last read of its control object, and the failures that suspend it. Thread-safe.
/// </summary>
internal sealed class JobSuspension(DurableJob job)
{
    private static readonly TimeSpan SuspendedPoll = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<(string Stage, int Index), int> _failures = new();
    private (DurableSavepointClaim Claim, long Since)? _otherClaim;
    private volatile bool _isSuspended;
    private volatile int _freezes = job.Control.IsSuspended ? 0 : job.Control.Freezes;

    /// <summary>The job's last freeze, which was over when this process last looked; 0 = none.</summary>
    public int Freezes => _freezes;

    /// <summary>
    /// Whether a turn to take a savepoint has not been kept up for its length, seen from here: whose clock it was written by may be wrong.
    /// </summary>
    public bool IsStale(DurableSavepointClaim claim)
    {
        if (_otherClaim is not { } seen || seen.Claim != claim)
        {
            _otherClaim = (claim, job.Services.Time.GetTimestamp());
            return false;
        }

        return job.Services.Time.GetElapsedTime(seen.Since) >= SavepointTurn.Length;
    }

    /// <exception cref="JobSuspendedException">The job may not read on, at least not in this incarnation.</exception>
    public async Task ThrowIfSuspendedAsync(CancellationToken cancellationToken)
    {
        DurableControl? control = await job.Controls.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (control is null || control.Incarnation != job.Control.Incarnation)
        {
            throw new JobSuspendedException(
                $"Job '{job.Name}' has a new state: incarnation {control?.Incarnation ?? 0} instead of {job.Control.Incarnation}; this "
                    + "process has to open it anew.",
                hasNewState: true
            );
        }

        if (!string.Equals(control.Ledgers, job.Ledgers.Kind, StringComparison.Ordinal))
        {
            throw new JobSuspendedException(
                $"Job '{job.Name}': its ledgers have been moved by a process with another setting Millrace:job.Ledgers.",
                hasNewState: true
            );
        }

        if (control.IsSuspended)
        {
            _isSuspended = true;
            throw new JobSuspendedException(
                control.Failure is { } failure
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"Job '{job.Name}' is suspended since {failure.Since:u}: {failure.Reason} Then resume it with POST "
                            + $"jobs/{job.Name}/resume."
                    )
                    : $"Job '{job.Name}' is suspended for a savepoint; resume it with POST jobs/{job.Name}/resume, or start "
                        + "it from the savepoint.",
                hasNewState: false
            );
        }

        _freezes = control.Freezes;
        _isSuspended = false;
    }

    /// <summary>
    /// Where this process has seen the job suspended: waits until it no longer is, so that what triggers deliver again and again costs
    /// nothing.
    /// </summary>
    /// <exception cref="JobSuspendedException">It still is after <see cref="DurableHostOptions.BackPressureWait"/>.</exception>
    public async Task WaitWhileSuspendedAsync(CancellationToken cancellationToken)
    {
        long start = job.Services.Time.GetTimestamp();
        while (_isSuspended)
        {
            try
            {
                await ThrowIfSuspendedAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (JobSuspendedException exception)
                when (!exception.HasNewState && job.Services.Time.GetElapsedTime(start) < job.Options.BackPressureWait)
            {
                await Task.Delay(SuspendedPoll, job.Services.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Suspends the job where a failure is one that another attempt would meet again: no process reads on until somebody resumes it.
    /// </summary>
    /// <param name="failure">What has happened.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>Whether it is such a failure.</returns>
    public async Task<bool> SuspendIfForGoodAsync(Exception failure, CancellationToken cancellationToken)
    {
        if (RestartSuppression.Find(failure) is not { } cause)
        {
            return false;
        }

        await SuspendAsync(failure, cause.Message, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Notes that user code has failed the work of a source partition or task. After <see cref="DurableHostOptions.UserCodeAttempts"/>
    /// failures in a row the job is suspended: more attempts would fail the same way, and hold up everything behind the record.
    /// </summary>
    /// <returns>Whether it has been suspended.</returns>
    public async Task<bool> NoteFailureAsync(Stage stage, int index, UserCodeException failure, CancellationToken cancellationToken)
    {
        if (_failures.AddOrUpdate((stage.Uid, index), 1, static (_, before) => before + 1) < job.Options.UserCodeAttempts)
        {
            return false;
        }

        _failures.TryRemove((stage.Uid, index), out _);
        await SuspendAsync(failure, failure.Message, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>The work of a source partition or task has gone well.</summary>
    public void ForgetFailures(Stage stage, int index)
    {
        if (!_failures.IsEmpty)
        {
            _failures.TryRemove((stage.Uid, index), out _);
        }
    }

    private async Task SuspendAsync(Exception failure, string why, CancellationToken cancellationToken)
    {
        if (
            await job.Controls.ReadAsync(cancellationToken).ConfigureAwait(false) is not { IsSuspended: false } control
            || control.Incarnation != job.Control.Incarnation
        )
        {
            _isSuspended = true;
            return;
        }

        DurableFailure reason = new(why, job.Services.Time.GetUtcNow());
        await job
            .Controls.ChangeAsync(
                found =>
                    found!.IsSuspended || found.Incarnation != job.Control.Incarnation
                        ? found
                        : found with
                        {
                            IsSuspended = true,
                            Failure = reason,
                        },
                cancellationToken
            )
            .ConfigureAwait(false);
        _isSuspended = true;
        Log.SuspendedForGood(job.Logger, failure, job.Name);

        // First the word, then the fences, as for a savepoint: no process goes on that has not read it.
        await job.Ledgers.FenceAllAsync(DurableNames.LedgersOf(job.Name, job.Control.Incarnation), cancellationToken).ConfigureAwait(false);
    }
}
