using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Kafka.Consuming;
using Xunit;

namespace Millrace.Kafka.Tests.Jobs;

public sealed class KillTests : BrokerTest
{
    private const int Records = 200_000;
    private readonly string _directory = Directory.CreateTempSubdirectory("millrace-kill-").FullName;

    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("in", 2), ("out", 1)];

    protected override ValueTask CleanUpAsync()
    {
        Directory.Delete(_directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task ShouldWriteEachRecordOnce_WhenTheProcessIsKilledAgainAndAgain()
    {
        const int Kills = 4;
        Fill("in", 2, 0, Records);
        using RawConsumer observer = new(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["bootstrap.servers"] = BootstrapServers,
                ["group.id"] = "observer",
                ["isolation.level"] = "read_uncommitted",
            },
            NullLogger.Instance
        );
        int killed = 0;
        for (int attempt = 1; ; attempt++)
        {
            using Process process = Start();
            if (killed < Kills && await WrittenAsync(observer, process, moreThan: Records / (Kills + 1)))
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(Deadline.Token());
                killed++;
                continue;
            }

            string errors = await process.StandardError.ReadToEndAsync(Deadline.Token());
            await process.WaitForExitAsync(Deadline.Token());
            Assert.True(process.ExitCode == 0, errors);
            break;
        }

        List<string> written = await ReadAllAsync("out");
        Assert.True(killed >= 2, $"Killed only {killed} times.");
        Assert.Equal(Enumerable.Range(0, Records), written.Select(value => int.Parse(value, CultureInfo.InvariantCulture)).Order());
    }

    private static async Task<bool> WrittenAsync(RawConsumer observer, Process process, int moreThan)
    {
        // Counts what is in the log, committed or not, so that the kill falls into the middle of writing.
        long start = End(observer);
        CancellationToken deadline = Deadline.Token();
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        while (await timer.WaitForNextTickAsync(deadline))
        {
            if (process.HasExited)
            {
                return false;
            }

            if (End(observer) - start > moreThan)
            {
                return true;
            }
        }

        return false;
    }

    private static long End(RawConsumer observer) => OffsetQueries.Watermarks(observer.Client, "out", 0, Deadline.Wait).High;

    private Process Start()
    {
        ProcessStartInfo info = new("dotnet") { RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in new[] { "exec", typeof(KillTarget).Assembly.Location, "copy", BootstrapServers, _directory })
        {
            info.ArgumentList.Add(argument);
        }

        return Process.Start(info)!;
    }
}
