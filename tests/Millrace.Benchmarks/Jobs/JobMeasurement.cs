using System.Diagnostics;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Runtime;

namespace Millrace.Benchmarks.Jobs;

/// <summary>Runs a bounded job in this process and measures it.</summary>
internal sealed record JobMeasurement(
    double RecordsPerSecond,
    double RecordsPerCpuSecond,
    double AllocatedBytesPerRecord,
    JobMetrics Metrics
)
{
    public static async Task<JobMeasurement> RunAsync(string name, Action<StreamExecutionEnvironment> declare, int parallelism = 1)
    {
        string directory = Directory.CreateTempSubdirectory("millrace-bench-").FullName;
        try
        {
            StreamExecutionEnvironment env = new(
                new ExecutionOptions { CheckpointInterval = TimeSpan.FromSeconds(1), Parallelism = parallelism }
            )
            {
                CheckpointStore = new DirectoryObjectStore(directory),
            };
            declare(env);
            GC.Collect();
            using Process self = Process.GetCurrentProcess();
            TimeSpan cpu = self.TotalProcessorTime;
            long allocated = GC.GetTotalAllocatedBytes();
            long started = Stopwatch.GetTimestamp();
            JobExecutionResult result = await env.ExecuteAsync(name);
            double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
            self.Refresh();
            double cpuSeconds = (self.TotalProcessorTime - cpu).TotalSeconds;
            long records = result.Metrics.RecordsIn;
            return new JobMeasurement(
                records / seconds,
                records / cpuSeconds,
                (GC.GetTotalAllocatedBytes() - allocated) / (double)records,
                result.Metrics
            );
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    public static JobMeasurement Median(IEnumerable<JobMeasurement> runs)
    {
        JobMeasurement[] sorted = [.. runs.OrderBy(run => run.RecordsPerCpuSecond)];
        return sorted[sorted.Length / 2];
    }
}
