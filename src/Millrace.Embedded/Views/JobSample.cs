using Millrace.Embedded.Hosting;
using Millrace.Runtime;

namespace Millrace.Embedded.Views;

/// <summary>How a job does at one moment: its counters, and the rates since the sample before.</summary>
/// <param name="Job">The job.</param>
/// <param name="Metrics">Its counters.</param>
/// <param name="Now">When.</param>
internal sealed record JobSample(HostedJob Job, JobMetrics Metrics, DateTimeOffset Now)
{
    private const double Mega = 1_000_000;

    public double RecordsInPerSecond { get; init; }

    public double RecordsOutPerSecond { get; init; }

    /// <summary>Throughput as data size / time, in 10^6 bytes.</summary>
    public double MegabytesInPerSecond { get; init; }

    public double MegabytesOutPerSecond { get; init; }

    /// <summary>How far event time is behind the clock.</summary>
    public TimeSpan? WatermarkLag => Metrics.Watermark is { } watermark ? Now - watermark : null;

    public TimeSpan? CheckpointAge => Metrics.LastCheckpointTime is { } time ? Now - time : null;

    public static JobSample Of(HostedJob job, DateTimeOffset now, JobSample? before)
    {
        JobMetrics metrics = job.Client.GetMetrics();
        JobSample sample = new(job, metrics, now);
        double seconds = before is null ? 0 : (now - before.Now).TotalSeconds;
        if (seconds <= 0)
        {
            return sample;
        }

        return sample with
        {
            RecordsInPerSecond = (metrics.RecordsIn - before!.Metrics.RecordsIn) / seconds,
            RecordsOutPerSecond = (metrics.RecordsOut - before.Metrics.RecordsOut) / seconds,
            MegabytesInPerSecond = (metrics.BytesIn - before.Metrics.BytesIn) / seconds / Mega,
            MegabytesOutPerSecond = (metrics.BytesOut - before.Metrics.BytesOut) / seconds / Mega,
        };
    }
}
