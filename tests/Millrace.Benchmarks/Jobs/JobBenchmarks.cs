using System.Diagnostics;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Runtime;
using Millrace.Samples.Auctions;
using Millrace.Samples.Nexmark;
using Millrace.Samples.Nexmark.Results;
using Millrace.Time;
using Millrace.Windows;

namespace Millrace.Benchmarks.Jobs;

/// <summary>
/// Whole jobs in memory: <c>jobs [events]</c>, <c>keys [count]</c>, <c>soak [minutes]</c>. Checkpoints every second into a directory.
/// </summary>
internal static class JobBenchmarks
{
    private const int Runs = 3;

    public static async Task<int> RunJobsAsync(string[] args)
    {
        long events = args.Length > 0 ? long.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 10_000_000;
        NexmarkGenerator generator = new();
        Console.WriteLine(
            $"Nexmark from a generator in memory, {events:N0} events, checkpoints every second, median of {Runs} runs; the generator's own "
                + "work is included."
        );
        Console.WriteLine("query | M records/s | M records/s per core | bytes/record | results | last checkpoint");
        await PrintAsync(
            "generator alone",
            events,
            env => env.FromSource(generator.AsSource(events), NexmarkGenerator.Watermarks).SinkTo(new DiscardingSink<NexmarkEvent>())
        );
        await PrintAsync("q0", events, env => NexmarkQueries.PassThrough(Events(env, generator, events)).SinkTo(new DiscardingSink<Bid>()));
        await PrintAsync(
            "q1",
            events,
            env => NexmarkQueries.CurrencyConversion(Events(env, generator, events)).SinkTo(new DiscardingSink<EuroBid>())
        );
        await PrintAsync(
            "q2",
            events,
            env => NexmarkQueries.Selection(Events(env, generator, events)).SinkTo(new DiscardingSink<SelectedBid>())
        );
        await PrintAsync(
            "q5",
            events,
            env =>
                NexmarkQueries
                    .HotItems(Events(env, generator, events), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2))
                    .SinkTo(new DiscardingSink<HotItem>())
        );
        await PrintAsync(
            "q7",
            events,
            env =>
                NexmarkQueries
                    .HighestBids(Events(env, generator, events), TimeSpan.FromSeconds(10))
                    .SinkTo(new DiscardingSink<HighestBid>())
        );
        await PrintAsync(
            "q8",
            events,
            env =>
                NexmarkQueries.NewSellers(Events(env, generator, events), TimeSpan.FromSeconds(10)).SinkTo(new DiscardingSink<NewSeller>())
        );
        return 0;
    }

    /// <summary>So many distinct keys in the state of one open window.</summary>
    public static async Task<int> RunKeysAsync(string[] args)
    {
        long keys = args.Length > 0 ? long.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 10_000_000;
        JobMeasurement run = await JobMeasurement.RunAsync(
            "keys",
            env =>
                env.FromGenerator(
                        keys * 2,
                        n => n % keys,
                        watermarks: WatermarkStrategy<long>.ForMonotonousTimestamps().WithTimestampAssigner(n => n)
                    )
                    .KeyBy(key => key)
                    .Window(TumblingEventTimeWindows.Of(TimeSpan.FromDays(1)))
                    .Aggregate(new Count<long>())
                    .SinkTo(new DiscardingSink<long>())
        );
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(
            $"{keys:N0} distinct keys in one window: peak working set {self.PeakWorkingSet64 >> 20} MB, {run.RecordsPerCpuSecond / 1e6:F2} "
                + "M records/s per core, "
                + $"last checkpoint {run.Metrics.LastCheckpointId}, {run.Metrics.FailedCheckpoints} failed, results "
                + $"{run.Metrics.RecordsOut:N0}"
        );
        return run.Metrics.RecordsOut == keys ? 0 : 1;
    }

    /// <summary>A job at a steady rate, with its memory written down.</summary>
    public static async Task<int> RunSoakAsync(string[] args)
    {
        TimeSpan duration = TimeSpan.FromMinutes(
            args.Length > 0 ? double.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture) : 10
        );
        NexmarkGenerator generator = new(new NexmarkOptions { EventsPerSecond = 200_000 });
        string directory = Directory.CreateTempSubdirectory("millrace-soak-").FullName;
        StreamExecutionEnvironment env = new(new ExecutionOptions { CheckpointInterval = TimeSpan.FromSeconds(1) })
        {
            CheckpointStore = new DirectoryObjectStore(directory),
        };
        GeneratorSource<NexmarkEvent> source = new(long.MaxValue, generator.EventAt) { RecordsPerSecond = 200_000 };
        NexmarkQueries
            .HotItems(env.FromSource(source, NexmarkGenerator.Watermarks), TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2))
            .SinkTo(new DiscardingSink<HotItem>());
        JobClient client = env.ExecuteDetached("soak");
        Console.WriteLine("minute | records in | managed heap MB | working set MB | checkpoints");
        long started = Stopwatch.GetTimestamp();
        using PeriodicTimer minute = new(TimeSpan.FromSeconds(Math.Min(60, duration.TotalSeconds / 5)));
        while (Stopwatch.GetElapsedTime(started) < duration && await minute.WaitForNextTickAsync() && !client.Completion.IsCompleted)
        {
            JobMetrics metrics = client.GetMetrics();
            Console.WriteLine(
                $"{Stopwatch.GetElapsedTime(started).TotalMinutes:F1} | {metrics.RecordsIn:N0} | "
                    + $"{GC.GetTotalMemory(forceFullCollection: true) >> 20} | {Environment.WorkingSet >> 20} | {metrics.LastCheckpointId}"
            );
        }

        await client.DisposeAsync();
        Directory.Delete(directory, recursive: true);
        return client.Status == JobStatus.Cancelled ? 0 : 1;
    }

    private static DataStreamSource<NexmarkEvent> Events(StreamExecutionEnvironment env, NexmarkGenerator generator, long events) =>
        env.FromSource(generator.AsSource(events), NexmarkGenerator.Watermarks);

    private static async Task PrintAsync(string query, long events, Action<StreamExecutionEnvironment> declare)
    {
        // The first run warms up the just-in-time compiler.
        await JobMeasurement.RunAsync("warm-up", declare);
        List<JobMeasurement> runs = [];
        for (int i = 0; i < Runs; i++)
        {
            runs.Add(await JobMeasurement.RunAsync("query-" + i, declare));
        }

        JobMeasurement median = JobMeasurement.Median(runs);
        Console.WriteLine(
            $"{query} | {median.RecordsPerSecond / 1e6:F2} | {median.RecordsPerCpuSecond / 1e6:F2} | {median.AllocatedBytesPerRecord:F1} | "
                + $"{median.Metrics.RecordsOut:N0} | "
                + $"{median.Metrics.LastCheckpointSize:N0} B in {median.Metrics.LastCheckpointDuration.TotalMilliseconds:F1} ms"
        );
    }
}
