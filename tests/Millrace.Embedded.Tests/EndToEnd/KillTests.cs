using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Embedded.Tests.EndToEnd;

/// <summary>
/// The host process is killed in the middle of a bounded job from Kafka to Kafka, again and again, and started again on the same
/// checkpoints.
/// </summary>
public sealed class KillTests
{
    private const int Count = 120_000;
    private const int Partitions = 3;
    private const int Kills = 3;

    [Fact]
    public async Task ShouldWriteWhatAnUndisturbedRunWrites_WhenHostIsKilledInTheMiddle()
    {
        await using TestBroker broker = await TestBroker.StartAsync(("input", 0), ("undisturbed", 0), ("disturbed", 0));
        KafkaTopics topics = new(broker.BootstrapServers);
        await topics.CreateAsync("input", Partitions);
        topics.Fill("input", Partitions, KafkaTopics.Numbers(Count));
        await topics.CreateAsync("undisturbed", 1);
        await topics.CreateAsync("disturbed", 1);

        (int exitCode, string output) = await HostProcess.RunAsync([.. Arguments(broker, "undisturbed")]);
        Assert.True(exitCode == 0, output);
        IReadOnlyList<string> undisturbed = await topics.ReadAsync("undisturbed");
        Assert.Equal(CountingJob.Expected(Count).Order(StringComparer.Ordinal), undisturbed.Order(StringComparer.Ordinal));

        DirectoryInfo checkpoints = Directory.CreateTempSubdirectory("millrace-kill-");
        try
        {
            string[] arguments =
            [
                .. Arguments(broker, "disturbed"),
                "--checkpoint-dir",
                checkpoints.FullName,
                "--checkpoint-interval",
                "100ms",
                "--set",
                "slow-ms=1",
            ];
            HashSet<string> restoredFrom = [];
            for (int kill = 0; kill < Kills; kill++)
            {
                await using HostProcess host = HostProcess.Start(arguments);
                string before = LatestCheckpoint(checkpoints);
                await Deadline.UntilAsync(
                    () => host.HasExited || LatestCheckpoint(checkpoints) != before,
                    "A checkpoint after the start",
                    Deadline.Token()
                );
                Assert.False(host.HasExited, $"The host ended before it was killed:\n{host.Output}");
                await host.KillAsync();
                restoredFrom.Add(LatestCheckpoint(checkpoints));
            }

            Assert.Equal(Kills, restoredFrom.Count);
            (exitCode, output) = await HostProcess.RunAsync(arguments);
            Assert.True(exitCode == 0, output);
        }
        finally
        {
            checkpoints.Delete(recursive: true);
        }

        IReadOnlyList<string> disturbed = await topics.ReadAsync("disturbed");
        Assert.Equal(undisturbed.Order(StringComparer.Ordinal), disturbed.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Arguments(TestBroker broker, string output) =>
        [
            "run",
            typeof(CountingJob).Assembly.Location,
            "--job",
            "counting",
            "--bootstrap-servers",
            broker.BootstrapServers,
            "--parallelism",
            "2",
            "--set",
            "output=" + output,
        ];

    // The pointer to the last complete checkpoint changes with each.
    private static string LatestCheckpoint(DirectoryInfo directory)
    {
        FileInfo? newest = directory
            .EnumerateFiles("*", SearchOption.AllDirectories)
            .Where(file =>
                file.Name.Contains("manifest", StringComparison.OrdinalIgnoreCase)
                || file.Name.Contains("latest", StringComparison.OrdinalIgnoreCase)
            )
            .MaxBy(file => file.LastWriteTimeUtc);
        return newest is null ? "" : $"{newest.FullName} {newest.LastWriteTimeUtc.Ticks}";
    }
}
