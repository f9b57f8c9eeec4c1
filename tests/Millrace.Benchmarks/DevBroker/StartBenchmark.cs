using System.Diagnostics;
using Millrace.DevBroker;

namespace Millrace.Benchmarks.DevBroker;

/// <summary>From starting the process to its ready line, and the same within a process.</summary>
internal static class StartBenchmark
{
    private const int Rounds = 9;

    public static async Task RunAsync()
    {
        List<double> own = new();
        List<double> inProcess = new();
        for (int i = 0; i < Rounds; i++)
        {
            long started = TimeProvider.System.GetTimestamp();
            using Process process = Process.Start(
                new ProcessStartInfo("dotnet", [typeof(DevBrokerOptions).Assembly.Location, "--port", "0"])
                {
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                    UseShellExecute = false,
                }
            )!;
            string? line = await process.StandardOutput.ReadLineAsync();
            own.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
            process.Kill();
            await process.WaitForExitAsync();
            if (line is null || !line.Contains("ready", StringComparison.Ordinal))
            {
                throw new InvalidOperationException("The broker's process did not become ready.");
            }

            started = TimeProvider.System.GetTimestamp();
            await using Millrace.DevBroker.DevBroker broker = await BrokerBenchmarks.StartAsync(null);
            inProcess.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
        }

        own.Sort();
        inProcess.Sort();
        BrokerBenchmarks.Report("start to ready, process", $"median {own[Rounds / 2]:F0} ms, max {own[^1]:F0} ms");
        BrokerBenchmarks.Report("start to ready, in-process", $"median {inProcess[Rounds / 2]:F1} ms, max {inProcess[^1]:F1} ms");
    }
}
