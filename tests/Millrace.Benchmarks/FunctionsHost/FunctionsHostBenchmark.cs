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
/// The function app in its real worker under faults: <c>functions-host [lines] [part of a fault's name]</c>,
/// <c>functions-host samples</c> (<see cref="HostSamples"/>), <c>functions-host delays</c> (<see cref="HostDelays"/>) or
/// <c>functions-host costs</c> (<see cref="HostCosts"/>).
/// <c>log-analysis</c> with exactly-once sinks reads an access log in batches of 1,000; after a quarter of it something happens. What was
/// written is compared with what an undisturbed app wrote.
/// </summary>
internal static class FunctionsHostBenchmark
{
    public const string Job = "log-analysis";
    public const string Input = "access-log";
    public const int Partitions = 4;
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
        if (AzuriteFixture.UnavailableReason is { } reason)
        {
            Console.Error.WriteLine(reason);
            return 2;
        }

        AzuriteFixture azurite = new();
        await azurite.InitializeAsync();
        try
        {
            return args switch
            {
                ["costs", .. string[] rest] => await HostCosts.RunAsync(azurite.ConnectionString, rest),
                ["delays", .. string[] rest] => await HostDelays.RunAsync(azurite.ConnectionString, rest),
                ["samples", ..] => await HostSamples.RunAsync(azurite.ConnectionString, args.ElementAtOrDefault(1) ?? ""),
                [var first, ..] when int.TryParse(first, NumberStyles.AllowThousands, CultureInfo.InvariantCulture, out int lines) =>
                    await RunFaultsAsync(azurite.ConnectionString, lines, args.ElementAtOrDefault(1) ?? ""),
                _ => await RunFaultsAsync(azurite.ConnectionString, lines: 40_000, args.FirstOrDefault() ?? ""),
            };
        }
        finally
        {
            await azurite.DisposeAsync();
        }
    }

    private static async Task<int> RunFaultsAsync(string storage, int lines, string part)
    {
        Console.WriteLine($"{lines} lines in {Partitions} partitions, batches of 1,000, 2 tasks per stage, ticks every second.");
        Console.WriteLine("what happens | start, s | until all is read, s | until all is written, s | lost | doubled");
        List<string>? expected = null;
        bool isRight = true;
        foreach (HostFault fault in HostFault.All.Where((each, i) => i == 0 || each.Name.Contains(part, StringComparison.Ordinal)))
        {
            (string times, List<string> results) = await MeasureAsync(storage, lines, fault);
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

    private static async Task<(string Times, List<string> Results)> MeasureAsync(string storage, int lines, HostFault fault)
    {
        await using FaultScene scene = await FaultScene.StartAsync(storage, BrokerOptions(), Slug(fault.Name), Job);
        AccessLogTraffic traffic = new(seed: 3, baseTimeMs: 1_767_225_600_000, 1_000);
        Topics.Write(scene.Brokers, Input, Partitions, Enumerable.Range(0, lines).Select(i => (i, traffic.LineAt(i))));
        scene.Setup.Settings[$"{Job}:guarantee"] = "ExactlyOnce";
        scene.Setup.Settings[$"{Job}:window-seconds"] = "5";
        scene.Setup.Settings["AzureFunctionsJobHost:extensions:kafka:maxBatchSize"] = "1000";
        Stopwatch watch = Stopwatch.StartNew();
        await fault.StartAsync(scene);
        TimeSpan started = watch.Elapsed;
        await scene.Front.WaitForRecordsAsync(Job, lines / 4);
        watch.Restart();
        await fault.StrikeAsync(scene);
        await scene.Front.WaitForRecordsAsync(Job, lines);
        TimeSpan read = watch.Elapsed;
        await scene.Front.DrainJobAsync(Job);
        TimeSpan written = watch.Elapsed;
        return (
            string.Create(
                CultureInfo.InvariantCulture,
                $"{started.TotalSeconds:0.0} | {read.TotalSeconds:0.0} | {written.TotalSeconds:0.0}"
            ),
            [.. Outputs.SelectMany(output => Topics.Values(scene.Brokers, output).Select(value => $"{output}: {value}"))]
        );
    }

    /// <summary>A broker with the topics of <see cref="Job"/>.</summary>
    public static DevBrokerOptions BrokerOptions()
    {
        DevBrokerOptions options = new() { Topics = { [Input] = Partitions } };
        foreach (string output in Outputs)
        {
            options.Topics[output] = 1;
        }

        return options;
    }

    /// <summary>Ends hosts, and keeps what they logged in a folder of <c>artifacts/logs/functions-host</c>, by their numbers.</summary>
    public static async Task EndAsync(IReadOnlyList<HostProcess> hosts, string name)
    {
        string folder = Directory.CreateDirectory(Path.Combine(Tree.Root, "artifacts", "logs", "functions-host", name)).FullName;
        for (int i = 0; i < hosts.Count; i++)
        {
            await hosts[i].DisposeAsync();
            await File.WriteAllTextAsync(Path.Combine(folder, $"host-{i}.log"), hosts[i].Log);
        }
    }

    private static string Slug(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));

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
