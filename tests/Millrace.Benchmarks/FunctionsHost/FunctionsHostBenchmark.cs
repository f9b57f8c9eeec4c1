using System.Diagnostics;
using System.Globalization;
using Millrace.DevBroker;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Functions.Tests.RealHost;
using Millrace.Samples.Logs;
using Millrace.Tests.Shared;

namespace Millrace.Benchmarks.FunctionsHost;

/// <summary>
/// The function app in its real worker under faults: <c>functions-host [lines]</c>. <c>log-analysis</c> with exactly-once sinks reads an access
/// log in batches of 1,000; after a quarter of it something happens. What was written is compared with what an undisturbed app wrote.
/// </summary>
internal static class FunctionsHostBenchmark
{
    private const string Job = "log-analysis";
    private const string Input = "access-log";
    private const int Partitions = 4;
    private static readonly string[] Outputs =
    [
        "access-log-paths",
        "access-log-totals",
        "access-log-alerts",
        "access-log-dead-letters",
        "access-log-late",
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        int lines = args.Length > 0 ? int.Parse(args[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 40_000;
        if (AzuriteFixture.UnavailableReason is { } reason)
        {
            Console.Error.WriteLine(reason);
            return 2;
        }

        AzuriteFixture azurite = new();
        await azurite.InitializeAsync();
        try
        {
            Console.WriteLine($"{lines} lines in {Partitions} partitions, batches of 1,000, 2 tasks per stage, ticks every second.");
            Console.WriteLine(
                "what happens | start, s | until all is read, s | until all is written, s | lost | doubled"
            );
            List<string>? expected = null;
            bool isRight = true;
            foreach (HostFault fault in HostFault.All)
            {
                (string times, List<string> results) = await MeasureAsync(azurite.ConnectionString, lines, fault);
                expected ??= results;
                int lost = Without(expected, results);
                int doubled = Without(results, expected);
                isRight &= lost == 0 && doubled == 0;
                Console.WriteLine($"{fault.Name} | {times} | {lost} | {doubled}");
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

        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(options);
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
            foreach (HostProcess host in hosts)
            {
                await host.DisposeAsync();
            }
        }
    }

    // How many of the one are not in the other, each counted as often as it is there.
    private static int Without(List<string> all, List<string> other)
    {
        Dictionary<string, int> counts = other.CountBy(value => value, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        int missing = 0;
        foreach (string value in all)
        {
            int left = counts.GetValueOrDefault(value);
            counts[value] = left - 1;
            missing += left > 0 ? 0 : 1;
        }

        return missing;
    }
}
