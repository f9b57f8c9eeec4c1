using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Embedded.Tests.EndToEnd;

/// <summary>
/// The host process is killed in the middle of a bounded job from Kafka to Kafka, again and again, and started again on the same
/// checkpoints. Three times; as often as MILLRACE_KILLS says where it is set.
/// </summary>
public sealed class KillTests
{
    private const int Partitions = 3;
    private const int CountPerKill = 40_000;

    private static readonly int Kills = int.Parse(
        Environment.GetEnvironmentVariable("MILLRACE_KILLS") ?? "3",
        System.Globalization.CultureInfo.InvariantCulture
    );

    private static readonly int Count = CountPerKill * Kills;

    [Theory]
    [InlineData("windows", false)]
    [InlineData("windows", true)]
    [InlineData("visits", false)]
    [InlineData("visits", true)]
    public async Task ShouldWriteWhatAnUndisturbedRunWrites_WhenHostIsKilledInTheMiddle(string what, bool isOnDisk)
    {
        DirectoryInfo state = Directory.CreateTempSubdirectory("millrace-state-");
        await using TestBroker broker = await TestBroker.StartAsync(("input", 0), ("undisturbed", 0), ("disturbed", 0));
        KafkaTopics topics = new(broker.BootstrapServers);
        await topics.CreateAsync("input", Partitions);
        topics.Fill("input", Partitions, KafkaTopics.Numbers(Count));
        await topics.CreateAsync("undisturbed", 1);
        await topics.CreateAsync("disturbed", 1);

        (int exitCode, string output) = await HostProcess.RunAsync([.. Arguments(broker, "undisturbed", what)]);
        Assert.True(exitCode == 0, output);
        IReadOnlyList<string> undisturbed = await topics.ReadAsync("undisturbed");
        Assert.Equal(
            (what == "visits" ? CountingJob.ExpectedVisits(Count) : CountingJob.Expected(Count)).Order(StringComparer.Ordinal),
            undisturbed.Order(StringComparer.Ordinal)
        );

        DirectoryInfo checkpoints = Directory.CreateTempSubdirectory("millrace-kill-");
        try
        {
            string[] arguments =
            [
                .. Arguments(broker, "disturbed", what),
                .. isOnDisk ? (string[])["--state-dir", state.FullName, "--state-memory", "64"] : [],
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
            Assert.Empty(UnnamedParts(checkpoints));
            Assert.Empty(state.EnumerateFiles("*", SearchOption.AllDirectories));
        }
        finally
        {
            checkpoints.Delete(recursive: true);
            state.Delete(recursive: true);
        }

        IReadOnlyList<string> disturbed = await topics.ReadAsync("disturbed");
        Assert.Equal(undisturbed.Order(StringComparer.Ordinal), disturbed.Order(StringComparer.Ordinal));
    }

    /// <summary>Folders of checkpoints whose parts no manifest names.</summary>
    private static IEnumerable<string> UnnamedParts(DirectoryInfo directory)
    {
        FileInfo[] files = [.. directory.EnumerateFiles("*", SearchOption.AllDirectories)];
        string manifests = string.Concat(files.Where(file => file.Name == "manifest.json").Select(file => File.ReadAllText(file.FullName)));
        return files
            .Where(file => file.Directory!.Name == "parts")
            .Select(file => file.Directory!.Parent!)
            .DistinctBy(folder => folder.FullName)
            .Where(folder =>
                !File.Exists(Path.Combine(folder.FullName, "manifest.json")) && !manifests.Contains(folder.Name, StringComparison.Ordinal)
            )
            .Select(folder => folder.FullName);
    }

    private static IEnumerable<string> Arguments(TestBroker broker, string output, string what) =>
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
            "--set",
            "what=" + what,
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
