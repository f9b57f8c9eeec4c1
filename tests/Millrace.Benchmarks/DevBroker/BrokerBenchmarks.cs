using Millrace.DevBroker;

namespace Millrace.Benchmarks.DevBroker;

/// <summary>What the development broker can do, measured over its real sockets. One line per figure.</summary>
internal static class BrokerBenchmarks
{
    private static readonly Dictionary<string, Func<string?, Task>> Scenarios = new(StringComparer.Ordinal)
    {
        ["fetch"] = RawFetchBenchmark.RunAsync,
        ["produce"] = RawProduceBenchmark.RunAsync,
        ["librdkafka"] = LibrdkafkaBenchmark.RunAsync,
        ["latency"] = LatencyBenchmark.RunAsync,
        ["start"] = _ => StartBenchmark.RunAsync(),
        ["partitions"] = ManyPartitionsBenchmark.RunAsync,
        ["memory"] = MemoryBenchmark.RunAsync,
    };

    /// <summary>
    /// Runs the named scenarios, or all. <c>--directory path</c> keeps the logs in files under it; without, they are in memory where that
    /// makes sense.
    /// </summary>
    public static async Task<int> RunAsync(string[] args)
    {
        int at = Array.IndexOf(args, "--directory");
        string? directory = at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
        List<string> names = args.Where((a, i) => at < 0 || (i != at && i != at + 1)).ToList();
        if (names.Count == 0)
        {
            names = [.. Scenarios.Keys];
        }

        foreach (string name in names)
        {
            if (!Scenarios.TryGetValue(name, out Func<string?, Task>? run))
            {
                await Console.Error.WriteLineAsync(
                    $"There is no broker benchmark '{name}'; there are {string.Join(", ", Scenarios.Keys)}."
                );
                return 2;
            }

            await run(directory is null ? null : Path.Combine(directory, name));
        }

        return 0;
    }

    /// <summary>Starts a broker in memory, or in an empty directory.</summary>
    public static Task<Millrace.DevBroker.DevBroker> StartAsync(string? directory, int partitions = 1)
    {
        if (directory is not null && Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }

        return Millrace.DevBroker.DevBroker.StartAsync(new DevBrokerOptions { Directory = directory, Topics = { ["bench"] = partitions } });
    }

    public static void Report(string what, string figure) => Console.WriteLine("{0,-46} {1}", what, figure);
}
