using System.Diagnostics;
using System.Globalization;
using Millrace.DevBroker;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Functions.Tests.RealHost;
using Millrace.Functions.Tests.Repository;
using Millrace.Samples.Traffic;
using Millrace.Tests.Shared;

namespace Millrace.Benchmarks.FunctionsHost;

/// <summary>
/// The function app in its real worker under faults: <c>functions-host [lines]</c>, or <c>functions-host delays</c> (<see
/// cref="HostDelays"/>).
/// <c>log-analysis</c> with exactly-once sinks reads an
/// access log in batches of 1,000; after a quarter of it something happens. What was written is compared with what an undisturbed app
/// wrote.
/// </summary>
internal static class FunctionsHostBenchmark
{
    private const string Job = "log-analysis";
    private const string Input = "access-log";
    private const int Partitions = 4;
    private const int MaxShown = 20;
    private static readonly string[] Outputs =
    [
        "access-log-paths",
        "access-log-totals",
        "access-log-alerts",
        "access-log-late",
        "access-log-dead-letters",
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        bool isDelays = args is ["delays", ..];
        int lines = !isDelays && args.Length > 0 ? int.Parse(args[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 40_000;
        if (AzuriteFixture.UnavailableReason is { } reason)
        {
            Console.Error.WriteLine(reason);
            return 2;
        }

        AzuriteFixture azurite = new();
        await azurite.InitializeAsync();
        try
        {
            if (isDelays)
            {
                return await HostDelays.RunAsync(azurite.ConnectionString, args[1..]);
            }

            Console.WriteLine($"{lines} lines in {Partitions} partitions, batches of 1,000, 2 tasks per stage, ticks every second.");
            Console.WriteLine("what happens | start, s | until all is read, s | until all is written, s | lost | doubled");
            List<string>? expected = null;
            bool isRight = true;
            foreach (HostFault fault in HostFault.All)
            {
                (string times, List<string> results) = await MeasureAsync(azurite.ConnectionString, lines, fault);
                expected ??= results;
                List<string> lost = Without(expected, results);
                List<string> doubled = Without(results, expected);
                isRight &= lost.Count == 0 && doubled.Count == 0;
                Console.WriteLine($"{fault.Name} | {times} | {lost.Count} | {doubled.Count}");
                foreach (string value in lost.Take(MaxShown).Concat(doubled.Take(MaxShown)))
                {
                    Console.WriteLine($"    {value}");
                }
            }

            return isRight ? 0 : 1;
        }
        finally
        {
            await azurite.DisposeAsync();
        }
    }

    private static async Task<(string Times, List<string> Results)> MeasureAsync(string storage, int lines, HostFault fault)
    {
        DevBrokerOptions options = new() { Topics = { [Input] = Partitions } };
        foreach (string output in Outputs)
        {
            options.Topics[output] = 1;
        }

        await using global::Millrace.DevBroker.DevBroker broker = await global::Millrace.DevBroker.DevBroker.StartAsync(options);
        AccessLogTraffic traffic = new(seed: 3, baseTimeMs: 1_767_225_600_000, 1_000);
        Topics.Write(broker.BootstrapServers, Input, Partitions, Enumerable.Range(0, lines).Select(i => (i, traffic.LineAt(i))));
        HostSetup setup = new(storage, broker.BootstrapServers, Job)
        {
            Settings =
            {
                [$"{Job}:guarantee"] = "ExactlyOnce",
                [$"{Job}:window-seconds"] = "5",
                ["AzureFunctionsJobHost:extensions:kafka:maxBatchSize"] = "1000",
            },
        };
        List<HostProcess> hosts = [];
        try
        {
            Stopwatch watch = Stopwatch.StartNew();
            hosts.Add(await HostProcess.StartAsync(setup));
            TimeSpan started = Lap();
            await hosts[0].WaitForRecordsAsync(Job, lines / 4);
            watch.Restart();
            await fault.StrikeAsync(setup, hosts);
            await hosts[^1].WaitForRecordsAsync(Job, lines);
            TimeSpan read = watch.Elapsed;
            await hosts[^1].DrainJobAsync(Job);
            TimeSpan written = watch.Elapsed;
            string times = string.Create(
                CultureInfo.InvariantCulture,
                $"{started.TotalSeconds:0.0} | {read.TotalSeconds:0.0} | {written.TotalSeconds:0.0}"
            );
            return (
                times,
                [.. Outputs.SelectMany(output => Topics.Values(broker.BootstrapServers, output).Select(value => $"{output}: {value}"))]
            );

            TimeSpan Lap()
            {
                TimeSpan elapsed = watch.Elapsed;
                watch.Restart();
                return elapsed;
            }
        }
        finally
        {
            await EndAsync(hosts);
        }
    }

    /// <summary>Ends hosts, and keeps what they logged below <c>artifacts/logs</c>, by their numbers.</summary>
    public static async Task EndAsync(IReadOnlyList<HostProcess> hosts)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Tree.Root, "artifacts", "logs", "functions-host")).FullName;
        for (int i = 0; i < hosts.Count; i++)
        {
            await hosts[i].DisposeAsync();
            await File.WriteAllTextAsync(Path.Combine(folder, $"host-{i}.log"), hosts[i].Log);
        }
    }

    // Those of the one that are not in the other, each as often as it is there.
    private static List<string> Without(List<string> all, List<string> other)
    {
        Dictionary<string, int> counts = other.CountBy(value => value, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        List<string> missing = [];
        foreach (string value in all)
        {
            int left = counts.GetValueOrDefault(value);
            counts[value] = left - 1;
            if (left <= 0)
            {
                missing.Add(value);
            }
        }

        return missing;
    }
}
