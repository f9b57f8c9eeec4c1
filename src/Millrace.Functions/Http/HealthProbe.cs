using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Functions.Jobs;

namespace Millrace.Functions.Http;

/// <summary>
/// Looks whether the app is ready, at its own rate: an answer holds for some seconds, and callers that come meanwhile share it. What is
/// wrong goes to the log when it begins. Thread-safe.
/// </summary>
internal sealed class HealthProbe(JobRegistry registry, IObjectStore store, TimeProvider time, ILoggerFactory loggers)
{
    // Half of what Kubernetes and App Service take between two probes: each of theirs gets an answer of its own.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    // Below the time-out of such a probe (5 s in infra/keda): who gives up earlier hears no reason.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan LookTimeout = TimeSpan.FromSeconds(30);
    private readonly ILogger _logger = loggers.CreateLogger("Millrace.Functions");
    private readonly Lock _lock = new();
    private Task<HealthAnswer>? _answer;
    private long _since;
    private string? _problem;
    private volatile string _looking = "";

    public async Task<HealthAnswer> AskAsync(CancellationToken cancellationToken)
    {
        Task<HealthAnswer> look;
        lock (_lock)
        {
            // A look that is under way is the answer to whoever comes.
            if (_answer is null || (_answer.IsCompleted && time.GetElapsedTime(_since) >= Fresh))
            {
                _since = time.GetTimestamp();
                _answer = Task.Run(LookAsync, CancellationToken.None);
            }

            look = _answer;
        }

        try
        {
            return await look.WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return new HealthAnswer(HealthAnswer.NotReady, $"{_looking}: no answer for {Patience.TotalSeconds:0} s.");
        }
    }

    private async Task<HealthAnswer> LookAsync()
    {
        using CancellationTokenSource limit = new(LookTimeout, time);
        try
        {
            (bool isFull, bool isStalled, bool isRefused, bool hasFailed) = (false, false, false, false);
            foreach (JobEntry job in registry.Catalog.Jobs)
            {
                _looking = $"The store does not answer for job '{job.Name}'";
                string name = DurableNames.ControlOf(job.Name);
                StoredObject? control = await store.GetAsync(name, limit.Token).WaitAsync(limit.Token).ConfigureAwait(false);
                hasFailed |= control is not null && DurableControlJson.Read(control, name) is { IsSuspended: true, Failure: not null };
                _looking = $"Job '{job.Name}' cannot be opened";
                DurableJobHost host = await registry.OpenAsync(job, limit.Token).ConfigureAwait(false);
                _looking = $"The store does not answer for job '{job.Name}'";
                isFull |= (await host.BackPressure.ReadAsync(limit.Token).WaitAsync(limit.Token).ConfigureAwait(false)).Count > 0;
                isStalled |= (await host.StallWatch.ReadAsync(limit.Token).WaitAsync(limit.Token).ConfigureAwait(false)).Count > 0;
                isRefused |= host.Senders.Waiting().Count > 0;
            }

            if (Interlocked.Exchange(ref _problem, null) is not null)
            {
                Log.ReadyAgain(_logger);
            }

            // Sources that wait need no other instances, nor do tasks that lack something: the app is as ready as it can be, and says
            // why it stands still.
            return hasFailed ? new HealthAnswer("suspended", "A job has suspended itself; GET jobs/{job} says which and why.")
                : isFull ? new HealthAnswer("back pressure", "Sources wait for sinks; GET jobs/{job} says which and why.")
                : isRefused ? new HealthAnswer("waiting", "A sink does not take its records; GET jobs/{job} says which and why.")
                : isStalled
                    ? new HealthAnswer("stalled", "Tasks do not apply what was sent to them; GET jobs/{job} says which and since when.")
                : new HealthAnswer("ready", Reason: null);
        }
        catch (Exception exception)
        {
            string looking = _looking;
            if (!string.Equals(Interlocked.Exchange(ref _problem, looking), looking, StringComparison.Ordinal))
            {
                Log.NotReady(_logger, exception, looking);
            }

            return new HealthAnswer(HealthAnswer.NotReady, looking + "; the app's log says why.");
        }
    }
}
