using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;
using Millrace.Runtime;
using Millrace.Samples.Nexmark;

namespace Millrace.Embedded.Commands;

/// <summary>One run of a query over events that are made in memory.</summary>
/// <param name="RecordsPerSecond">Events that the source emitted per second of the clock.</param>
/// <param name="RecordsPerCoreSecond">The same per second of processor time of the whole process: generator, garbage collection and
/// checkpoints included.</param>
/// <param name="BytesPerRecord">Bytes allocated per event.</param>
/// <param name="Metrics">The job's counters at its end.</param>
internal sealed record NexmarkMeasurement(double RecordsPerSecond, double RecordsPerCoreSecond, double BytesPerRecord, JobMetrics Metrics)
{
    public static async Task<NexmarkMeasurement> RunAsync(
        IStreamJob job,
        long events,
        NexmarkSettings settings,
        CancellationToken cancellationToken
    )
    {
        using TemporaryDirectory directory = new();
        StreamExecutionEnvironment env = Declare(job, events, settings, directory);
        GC.Collect();
        using Process self = Process.GetCurrentProcess();
        TimeSpan processor = self.TotalProcessorTime;
        long allocated = GC.GetTotalAllocatedBytes();
        long started = TimeProvider.System.GetTimestamp();
        JobExecutionResult result = await env.ExecuteAsync(job.Name, cancellationToken);
        double seconds = TimeProvider.System.GetElapsedTime(started).TotalSeconds;
        self.Refresh();
        double processorSeconds = (self.TotalProcessorTime - processor).TotalSeconds;
        long records = result.Metrics.RecordsIn;
        return new NexmarkMeasurement(
            records / seconds,
            records / processorSeconds,
            (GC.GetTotalAllocatedBytes() - allocated) / (double)records,
            result.Metrics
        );
    }

    /// <summary>A query over events made in memory, with checkpoints into a directory.</summary>
    public static StreamExecutionEnvironment Declare(IStreamJob job, long events, NexmarkSettings settings, TemporaryDirectory directory)
    {
        Dictionary<string, string> parameters = new(StringComparer.Ordinal)
        {
            ["source"] = "generator",

            // The log of query 10 is about writing it.
            ["sink"] = job is NexmarkQ10Job ? "files" : "blackhole",
            ["output-path"] = directory["files"],
            ["events"] = events.ToString(CultureInfo.InvariantCulture),
            ["events-per-second"] = settings.EventsPerSecond.ToString(CultureInfo.InvariantCulture),
            ["splits"] = settings.Parallelism.ToString(CultureInfo.InvariantCulture),
        };
        HostSettings host = new()
        {
            Parallelism = settings.Parallelism,
            CheckpointInterval = settings.CheckpointInterval,
            StateBackend = settings.StateBackend,
        };
        StreamExecutionEnvironment env = JobEnvironments.Create(
            host,
            new Dictionary<string, string>(StringComparer.Ordinal),
            new JobParameters(parameters),
            new DirectoryObjectStore(directory["checkpoints"]),
            NullLoggerFactory.Instance
        );

        // A failure is to be seen, not to be mended.
        env.Options.RestartStrategy = RestartStrategy.None;
        job.Build(env);
        return env;
    }
}
