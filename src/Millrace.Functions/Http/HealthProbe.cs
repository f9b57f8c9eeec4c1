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
    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(30);
    private readonly ILogger _logger = loggers.CreateLogger("Millrace.Functions");
    private readonly Lock _lock = new();
    private Task<HealthAnswer>? _answer;
    private long _since;
    private string? _problem;

    public Task<HealthAnswer> AskAsync()
    {
        lock (_lock)
        {
            // A look that is under way is the answer to whoever comes, however long it takes.
            if (_answer is null || (_answer.IsCompleted && time.GetElapsedTime(_since) >= Fresh))
            {
                _since = time.GetTimestamp();
                _answer = Task.Run(LookAsync);
            }

            return _answer;
        }
    }

    private async Task<HealthAnswer> LookAsync()
    {
        string looking = "";
        try
        {
            (bool isFull, bool isStalled) = (false, false);
            foreach (JobEntry job in registry.Catalog.Jobs)
            {
                looking = $"The store does not answer for job '{job.Name}'";
                await store.GetAsync(DurableNames.ControlOf(job.Name), CancellationToken.None).WaitAsync(OpenTimeout).ConfigureAwait(false);
                looking = $"Job '{job.Name}' cannot be opened";
                DurableJobHost host = await registry.OpenAsync(job, CancellationToken.None).WaitAsync(OpenTimeout).ConfigureAwait(false);
                looking = $"The store does not answer for job '{job.Name}'";
                isFull |= (await host.BackPressure.ReadAsync(CancellationToken.None).ConfigureAwait(false)).Count > 0;
                isStalled |= (await host.StallWatch.ReadAsync(CancellationToken.None).ConfigureAwait(false)).Count > 0;
            }

            if (Interlocked.Exchange(ref _problem, null) is not null)
            {
                Log.ReadyAgain(_logger);
            }

            // Sources that wait need no other instances, nor do tasks that lack something: the app is as ready as it can be, and says
            // why it stands still.
            return isFull ? new HealthAnswer("back pressure", "Sources wait for sinks; GET jobs/{job} says which and why.")
                : isStalled
                    ? new HealthAnswer("stalled", "Tasks do not apply what was sent to them; GET jobs/{job} says which and since when.")
                : new HealthAnswer("ready", Reason: null);
        }
        catch (Exception exception)
        {
            if (!string.Equals(Interlocked.Exchange(ref _problem, looking), looking, StringComparison.Ordinal))
            {
                Log.NotReady(_logger, exception, looking);
            }

            return new HealthAnswer(HealthAnswer.NotReady, looking + "; the app's log says why.");
        }
    }
}
