using Millrace.Functions.Tests.Conformance;
using Millrace.Functions.Tests.RealHost;
using Millrace.Tests.Shared;

namespace Millrace.Benchmarks.FunctionsHost;

/// <summary>
/// Every job of the samples in the app's real worker, with exactly-once sinks, in apps of a few jobs each: once undisturbed, once with a
/// <c>kill -9</c> of host and worker in their midst. The output must be that of the embedded host. Left out: <c>traffic</c>, which this
/// host refuses, and <c>nexmark-q12</c>, whose windows end by the clock and so do not end alike twice.
/// </summary>
internal static class HostSamples
{
    private const int JobsPerApp = 4;
    private static readonly string[] LeftOut = ["traffic", "nexmark-q12"];

    public static async Task<int> RunAsync(string storage, string part)
    {
        ConformanceCase[] cases =
        [
            .. SampleCases
                .All()
                .Where(each => !LeftOut.Contains(each.Name, StringComparer.Ordinal) && each.Name.Contains(part, StringComparison.Ordinal)),
        ];
        Console.WriteLine("job | records out | undisturbed | kill -9 in its midst");
        bool isRight = true;
        foreach (ConformanceCase[] app in cases.Chunk(JobsPerApp))
        {
            HostOutput[] embedded = await RealHostRun.RunEmbeddedAsync(app);
            ConformanceRow[] plain = await RunAsync(storage, app, embedded, isKilled: false);
            ConformanceRow[] killed = await RunAsync(storage, app, embedded, isKilled: true);
            for (int i = 0; i < app.Length; i++)
            {
                Console.WriteLine($"{app[i].Name} | {plain[i].Results} | {Verdict(plain[i])} | {Verdict(killed[i])}");
                isRight &= plain[i].Difference is null && killed[i].Difference is null;
            }
        }

        return isRight ? 0 : 1;
    }

    private static string Verdict(ConformanceRow row) => row.Difference is null ? "equal" : "DIFFERS: " + row.Difference;

    private static async Task<ConformanceRow[]> RunAsync(string storage, ConformanceCase[] cases, HostOutput[] embedded, bool isKilled)
    {
        await using TestBroker broker = await RealHostRun.StartBrokerAsync(cases);
        HostSetup setup = RealHostRun.Setup(storage, broker.BootstrapServers, cases);
        setup.Settings["AzureFunctionsJobHost:extensions:kafka:maxBatchSize"] = "200";
        foreach (ConformanceCase each in cases.Where(each => each.Parallelism.Functions == 1))
        {
            setup.Settings[$"Millrace:{each.Name}:Parallelism"] = "1";
        }

        List<HostProcess> hosts = [await HostProcess.StartAsync(setup)];
        try
        {
            if (isKilled)
            {
                await Task.WhenAll(cases.Select(each => hosts[0].WaitForRecordsAsync(each.Name, each.Inputs.Sum(Quarter))));
                hosts[0].KillHost();
                hosts[0].KillWorker();
                hosts.Add(await HostProcess.StartAsync(setup));
            }

            await Task.WhenAll(cases.Select(each => RealHostRun.FinishAsync(hosts[^1], each)));
            List<ConformanceRow> rows = [];
            foreach ((ConformanceCase conformance, HostOutput expected) in cases.Zip(embedded))
            {
                rows.Add(await RealHostRun.CompareAsync(conformance, expected, broker.BootstrapServers));
            }

            return [.. rows];
        }
        finally
        {
            await FunctionsHostBenchmark.EndAsync(hosts, $"samples-{cases[0].Name}{(isKilled ? "-killed" : "")}");
        }
    }

    private static long Quarter(InputTopic input) => input.Records.Count / 4;
}
