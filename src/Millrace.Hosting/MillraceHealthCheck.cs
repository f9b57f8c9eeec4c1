using Microsoft.Extensions.Diagnostics.HealthChecks;
using Millrace.Runtime;

namespace Millrace.Hosting;

/// <summary>How the jobs of a host are.</summary>
internal sealed class MillraceHealthCheck(MillraceJobs jobs, IEnumerable<JobRegistration> registrations) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Dictionary<string, object> data = new(StringComparer.Ordinal);
        HealthStatus worst = HealthStatus.Healthy;
        List<string> reasons = [];
        foreach (string name in registrations.Select(static each => each.Job.Name))
        {
            JobMetrics? metrics = jobs.TryGet(name, out JobClient? client) ? client.GetMetrics() : null;
            JobStatus status = metrics?.Status ?? JobStatus.Created;
            data[name] = status.ToString();
            HealthStatus health = HealthOf(status, context.Registration.FailureStatus);
            if (health == HealthStatus.Healthy && metrics?.Waiting is [{ } wait, ..])
            {
                health = HealthStatus.Degraded;
                reasons.Add($"Job '{name}' waits for {wait.Subject}: {wait.Error}");
            }
            else if (health != HealthStatus.Healthy)
            {
                reasons.Add($"Job '{name}' is {status}{(metrics?.LastFailure is { } failure ? $": {failure}" : ".")}");
            }

            worst = health < worst ? health : worst;
        }

        return Task.FromResult(new HealthCheckResult(worst, reasons.Count == 0 ? null : string.Join(" ", reasons), exception: null, data));
    }

    private static HealthStatus HealthOf(JobStatus status, HealthStatus failure) =>
        status switch
        {
            JobStatus.Running or JobStatus.Finished => HealthStatus.Healthy,
            JobStatus.Created or JobStatus.Restarting => HealthStatus.Degraded,
            _ => failure,
        };
}
