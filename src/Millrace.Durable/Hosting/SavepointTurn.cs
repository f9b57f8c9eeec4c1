using Millrace.Durable.Protocol;

namespace Millrace.Durable.Hosting;

/// <summary>
/// One process's turn to take a savepoint of a job. It is kept up in the job's control object as long as the process lives, so that the
/// turn of a process that has died ends soon.
/// <code>
/// free -> take: Until = now + Length -> (every Length / 3: Until = now + Length)* -> given back : free
///                                        not kept up for Length, or another's by now -> Lost
/// </code>
/// </summary>
internal sealed class SavepointTurn : IAsyncDisposable
{
    /// <summary>How long a turn that nobody keeps up lasts.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(30);

    private const int MaxAttempts = 4;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private readonly DurableJob _job;
    private readonly CancellationTokenSource _lost = new();
    private readonly ITimer _timer;
    private DurableSavepointClaim _claim;
    private Task _keeping = Task.CompletedTask;

    private SavepointTurn(DurableJob job, DurableControl control)
    {
        _job = job;
        Control = control;
        _claim = control.Savepoint!;
        _timer = job.Services.Time.CreateTimer(
            _ =>
            {
                if (_keeping.IsCompleted)
                {
                    _keeping = KeepUpAsync();
                }
            },
            state: null,
            Length / 3,
            Length / 3
        );
    }

    /// <summary>The job's control object as of the turn's begin.</summary>
    public DurableControl Control { get; }

    /// <summary>Whether the turn has ended before it was given back.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Suspends a job and takes the turn.</summary>
    /// <exception cref="SavepointUnderWayException">It is another's.</exception>
    public static async Task<SavepointTurn> TakeAsync(DurableJob job, JobSuspension suspension, CancellationToken cancellationToken)
    {
        Guid id = job.Services.NewId();
        DurableControl claimed = await job
            .Controls.ChangeAsync(
                control =>
                    control!.Savepoint is { } other
                    && IsShared(job)
                    && other.Until > job.Services.Time.GetUtcNow()
                    && !suspension.IsStale(other)
                        ? throw new SavepointUnderWayException(job.Name, other.Until)
                        : control with
                        {
                            IsSuspended = true,
                            Savepoint = new DurableSavepointClaim(id, job.Services.Time.GetUtcNow() + Length),
                        },
                cancellationToken
            )
            .ConfigureAwait(false);
        return new SavepointTurn(job, claimed);
    }

    /// <summary>Changes the control object, unless the turn is another's by now.</summary>
    /// <exception cref="OperationCanceledException">It is; <see cref="Lost"/> says so too.</exception>
    public async Task ChangeAsync(Func<DurableControl, DurableControl> change, CancellationToken cancellationToken) =>
        await _job
            .Controls.ChangeAsync(
                control =>
                {
                    if (control!.Savepoint?.Id != _claim.Id && IsShared(_job))
                    {
                        _lost.Cancel();
                        _lost.Token.ThrowIfCancellationRequested();
                    }

                    return change(control);
                },
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <summary>Gives the turn back. Where that cannot be told, it ends by itself.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await _keeping.ConfigureAwait(false);
        using CancellationTokenSource limit = new(Length, _job.Services.Time);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await _job
                    .Controls.ChangeAsync(
                        control => control!.Savepoint?.Id == _claim.Id ? control with { Savepoint = null } : control,
                        limit.Token
                    )
                    .ConfigureAwait(false);
                break;
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                if (attempt == MaxAttempts || limit.IsCancellationRequested)
                {
                    // What the savepoint has failed with is worth more.
                    Log.ClaimKept(_job.Logger, exception, _job.Name, _claim.Until);
                    break;
                }
            }

            await Task.Delay(FirstPause * (1 << attempt), _job.Services.Time, CancellationToken.None).ConfigureAwait(false);
        }

        _lost.Dispose();
    }

    // Between processes.
    private static bool IsShared(DurableJob job) => job.Services.Protocol.Has(ProtocolGuards.SavepointTurn);

    private async Task KeepUpAsync()
    {
        TimeProvider time = _job.Services.Time;
        try
        {
            DurableSavepointClaim next = _claim with { Until = time.GetUtcNow() + Length };
            using CancellationTokenSource patience = new(Length / 3, time);
            await ChangeAsync(control => control with { Savepoint = next }, patience.Token).ConfigureAwait(false);
            _claim = next;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Whether it was lost or the store is away: asked again, until it must have ended.
            if (time.GetUtcNow() >= _claim.Until)
            {
                await _job.Services.Execution.CancelAsync(_lost).ConfigureAwait(false);
            }
        }
    }
}

/// <summary>A savepoint cannot be taken, because one is being taken.</summary>
internal sealed class SavepointUnderWayException(string job, DateTimeOffset until)
    : InvalidOperationException(
        $"A savepoint of job '{job}' is being taken already; wait for its answer, then ask again. Where its process has died, "
            + $"that is possible from {until:u} on."
    );
