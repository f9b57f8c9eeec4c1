using System.CommandLine;
using Millrace.Api;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Embedded.Tests.Cli;

public sealed class CliTests
{
    [Theory]
    [InlineData(CliApplication.BadUsage, "'5x' is no duration", "demo", "--duration", "5x")]
    [InlineData(CliApplication.BadUsage, "'-1s' is no duration", "--duration=-1s")]
    [InlineData(CliApplication.BadUsage, "--parallelism is 0, expected 1 to 128", "--parallelism", "0")]
    [InlineData(CliApplication.BadUsage, "--parallelism is x, expected 1 to 128", "--parallelism", "x")]
    [InlineData(CliApplication.BadUsage, "--kafka-property 'novalue' has no value", "demo", "--kafka-property", "novalue")]
    [InlineData(CliApplication.BadUsage, "leave one out", "demo", "--checkpoint-dir", "a", "--azure-storage", "b")]
    [InlineData(CliApplication.BadUsage, "'fly'", "fly")]
    [InlineData(CliApplication.BadUsage, "'--file' is required", "logs")]
    [InlineData(CliApplication.Failure, "--file 'nowhere.log' does not exist", "logs", "--file", "nowhere.log")]
    [InlineData(CliApplication.Failure, "'nowhere.dll' does not exist", "run", "nowhere.dll")]
    [InlineData(CliApplication.Failure, "Choose one with --job", "run", "samples")]
    [InlineData(CliApplication.Failure, "holds no job 'nothing'; it holds auction-analysis", "run", "samples", "--job", "nothing")]
    [InlineData(
        CliApplication.Failure,
        "No Kafka broker answers at localhost:1",
        "run",
        "samples",
        "--job",
        "uppercase",
        "--bootstrap-servers",
        "localhost:1"
    )]
    [InlineData(
        CliApplication.Failure,
        "The Kafka client refuses its properties",
        "demo",
        "--bootstrap-servers",
        "localhost:1",
        "--kafka-property",
        "no.such.property=1"
    )]
    [InlineData(CliApplication.BadUsage, "--control-port is 70000", "run", "samples", "--control-port", "70000")]
    [InlineData(
        CliApplication.Failure,
        "Nobody answers at http://127.0.0.1:1/",
        "savepoint",
        "--control",
        "http://127.0.0.1:1",
        "--job",
        "j"
    )]
    [InlineData(CliApplication.Failure, "Azure storage cannot be used", "demo", "--azure-storage", "nonsense")]
    [InlineData(CliApplication.Failure, "--query names 'q99', expected q0, q1, q2, q3,", "nexmark", "--query", "q5,q99")]
    [InlineData(CliApplication.BadUsage, "--events is 0, expected 1000 to", "nexmark", "--events", "0")]
    [InlineData(CliApplication.Failure, "say which with --bootstrap-servers", "dlq", "list", "--topic", "t")]
    [InlineData(CliApplication.BadUsage, "'9999999h' is too long, expected at most 49 days", "logs", "--file", "x", "--window", "9999999h")]
    [InlineData(CliApplication.Failure, "'/tmp' is a directory", "run", "/tmp")]
    [InlineData(
        CliApplication.Failure,
        "Parameter 'guarantee' is 'Bogus', expected AtLeastOnce",
        "describe",
        "samples",
        "--job",
        "uppercase",
        "--set",
        "guarantee=Bogus"
    )]
    [InlineData(
        CliApplication.Failure,
        "Parameter 'from' is 'middle', expected earliest, latest, committed",
        "describe",
        "samples",
        "--job",
        "uppercase",
        "--set",
        "guarantee=Bogus",
        "--set",
        "from=middle"
    )]
    [InlineData(
        CliApplication.BadUsage,
        "never reads --set garantee. Did you mean 'guarantee'?",
        "describe",
        "samples",
        "--job",
        "uppercase",
        "--set",
        "garantee=ExactlyOnce"
    )]
    [InlineData(
        CliApplication.BadUsage,
        "never reads --set zzzzzzzzz. It reads ",
        "run",
        "samples",
        "--job",
        "uppercase",
        "--set",
        "zzzzzzzzz=1",
        "--set",
        "bounded=true"
    )]
    [InlineData(
        CliApplication.Failure,
        "--restore '/nope/x' is no location; give what ./run savepoint prints",
        "run",
        "samples",
        "--job",
        "uppercase",
        "--restore",
        "/nope/x"
    )]
    [InlineData(
        CliApplication.Failure,
        "in the temporary store of this run; give the --checkpoint-dir it was taken in",
        "run",
        "samples",
        "--job",
        "uppercase",
        "--restore",
        "uppercase/savepoints/1"
    )]
    [InlineData(
        CliApplication.Failure,
        "--checkpoint-dir '/proc' cannot be written",
        "run",
        "samples",
        "--job",
        "uppercase",
        "--checkpoint-dir",
        "/proc"
    )]
    public async Task ShouldSayWhatIsWrongInOneMessage_WhenCommandLineCannotBeObeyed(
        int expected,
        string message,
        params string[] arguments
    )
    {
        (int exitCode, _, string error) = await RunAsync(arguments);
        Assert.Equal(expected, exitCode);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
    }

    [OwnBrokerFact]
    public async Task ShouldNameTheTopics_WhenJobUsesOneThatIsMissing()
    {
        DevBroker.DevBrokerOptions options = new() { AutoCreateTopics = false };
        options.Topics["orders"] = 1;
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(options);
        (int exitCode, _, string error) = await RunAsync(
            "run",
            "samples",
            "--job",
            "uppercase",
            "--bootstrap-servers",
            broker.BootstrapServers
        );
        Assert.Equal(CliApplication.Failure, exitCode);
        Assert.Contains(
            $"uses topic(s) 'my_topic', 'my_topic_upper', which {broker.BootstrapServers} does not have (it has orders). Create them",
            error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task ShouldNameTheRight_WhenATopicMayNotBeDescribed()
    {
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(
            new DevBroker.DevBrokerOptions { AutoCreateTopics = false }
        );
        broker.Faults.Fail(Kafka.Protocol.ApiKey.Metadata, Kafka.Protocol.ErrorCode.TopicAuthorizationFailed);
        (int exitCode, _, string error) = await RunAsync(
            "run",
            "samples",
            "--job",
            "uppercase",
            "--bootstrap-servers",
            broker.BootstrapServers
        );
        Assert.Equal(CliApplication.Failure, exitCode);
        Assert.Contains(
            $"uses topic(s) 'my_topic', 'my_topic_upper', which this user may not describe at {broker.BootstrapServers}",
            error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task ShouldFailWithTheLastFailure_WhenTheJobNeverRanWellBeforeDurationEnded()
    {
        DevBroker.DevBrokerOptions options = new() { AutoCreateTopics = false };
        options.Topics["my_topic"] = options.Topics["my_topic_upper"] = 1;
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(options);
        broker.Faults.Fail(Kafka.Protocol.ApiKey.ListOffsets, Kafka.Protocol.ErrorCode.InvalidRequest);
        (int exitCode, string output, string error) = await RunAsync(
            "run",
            "samples",
            "--job",
            "uppercase",
            "--set",
            "from=latest",
            "--duration",
            "4s",
            "--bootstrap-servers",
            broker.BootstrapServers
        );
        Assert.True(exitCode == CliApplication.Failure, output + error);
        Assert.Contains("uppercase: Failing when stopped after 4s, 0 records in", output, StringComparison.Ordinal);
        Assert.Contains("Job 'uppercase' did not run when the 4s of --duration were over", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldSayThatItStopped_WhenDurationEnds()
    {
        (int exitCode, string output, string error) = await RunAsync(
            "run",
            "samples",
            "--job",
            "nexmark-q1",
            "--set",
            "source=generator",
            "--set",
            "sink=blackhole",
            "--set",
            "events=1000000000000",
            "--duration",
            "1s"
        );
        Assert.True(exitCode == CliApplication.Success, output + error);
        Assert.Contains("nexmark-q1: Stopped after 1s, ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldRefuseTheLoop_WhenJobReadsWhatItWrites()
    {
        (int exitCode, _, string error) = await RunAsync("describe", "samples", "--job", "uppercase", "--set", "output-topic=my_topic");
        Assert.Equal(CliApplication.Failure, exitCode);
        Assert.Contains("my_topic", error, StringComparison.Ordinal);
        Assert.Contains("cannot run as declared", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Text", "Stage 0")]
    [InlineData("Mermaid", "flowchart LR")]
    [InlineData("Json", "\"job\": \"log-analysis\"")]
    public async Task ShouldDescribeAllSamples_WhenAsked(string format, string expected)
    {
        (int exitCode, string output, string error) = await RunAsync("describe", "samples", "--format", format);
        Assert.True(exitCode == 0, error);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Text", "dead letters to kafka:access-log-dead-letters")]
    [InlineData("Mermaid", "Dead letters: kafka:access-log-dead-letters")]
    [InlineData("Json", "\"deadLetters\"")]
    public async Task ShouldShowTheDeadLetterTopic_WhenASourceHasOne(string format, string expected)
    {
        (_, string output, _) = await RunAsync("describe", "samples", "--job", "log-analysis", "--format", format);
        Assert.Contains(expected, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldDrawALetterTopicOnce_WhenASourceWritesToItByASink()
    {
        (_, string output, _) = await RunAsync("describe", "samples", "--job", "log-analysis", "--format", "Mermaid");

        string node = Assert.Single(output.Split('\n'), line => line.Contains("access-log-dead-letters", StringComparison.Ordinal));
        Assert.Contains($" -.-> {node.Trim().Split('[')[0]}\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldRunABoundedJobToItsEnd_WhenJobIsASample()
    {
        (int exitCode, string output, string error) = await RunAsync(
            "run",
            "samples",
            "--job",
            "nexmark-q7",
            "--set",
            "source=generator",
            "--set",
            "events=200000",
            "--set",
            "sink=blackhole"
        );
        Assert.True(exitCode == 0, error);
        Assert.Contains("nexmark-q7: Finished, 200000 records in", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldSayOnce_WhenAnotherRunTakesTheJobOver()
    {
        DirectoryInfo checkpoints = Directory.CreateTempSubdirectory("millrace-fenced-");
        try
        {
            string[] arguments =
            [
                "run",
                "samples",
                "--job",
                "nexmark-q1",
                "--set",
                "source=generator",
                "--set",
                "sink=blackhole",
                "--set",
                "events=1000000000000",
                "--checkpoint-dir",
                checkpoints.FullName,
                "--checkpoint-interval",
                "50ms",
            ];
            Task<(int ExitCode, string Output, string Error)> first = RunAsync(arguments);
            await Deadline.UntilAsync(
                () => checkpoints.EnumerateFiles("manifest.json", SearchOption.AllDirectories).Any(),
                "The first checkpoint",
                Deadline.Token()
            );

            using CancellationTokenSource stop = new();
            Task<(int ExitCode, string Output, string Error)> second = RunAsync(stop.Token, arguments);
            (int exitCode, string output, string error) = await first;
            await stop.CancelAsync();

            (int next, _, string nextError) = await second;
            Assert.True(next == CliApplication.Success, nextError);
            Assert.True(exitCode == CliApplication.Failure, output + error);
            int said = (output + error).Split('\n').Count(line => line.Contains("is not owned by run", StringComparison.Ordinal));
            Assert.True(said == 1, output + error);
        }
        finally
        {
            checkpoints.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("infra", "--help")]
    public async Task ShouldAnswer_WhenAskedForHelpOrVersion(params string[] arguments)
    {
        (int exitCode, string output, _) = await RunAsync(arguments);
        Assert.Equal(CliApplication.Success, exitCode);
        Assert.NotEmpty(output.Trim());
    }

    [Fact]
    public async Task ShouldPointToAHelpThatIsThere_WhenAnyCommandIsMisused()
    {
        CliConsole none = new(TextWriter.Null, TextWriter.Null, IsTerminal: false);
        string[][] paths = [.. CliCommands.All.SelectMany(command => PathsOf(command.Create(none), []))];
        Assert.Contains(paths, path => path.SequenceEqual(["dlq", "list"]));
        foreach (string[] path in paths)
        {
            (int exitCode, _, string error) = await RunAsync([.. path, "nonsense", "more-nonsense"]);
            Assert.Equal(CliApplication.BadUsage, exitCode);
            Assert.Contains($"See ./run {string.Join(' ', path)} --help.", error, StringComparison.Ordinal);
            (int helped, string help, _) = await RunAsync([.. path, "--help"]);
            Assert.Equal(CliApplication.Success, helped);
            Assert.Contains($"./run {string.Join(' ', path)} ", help, StringComparison.Ordinal);
        }

        static IEnumerable<string[]> PathsOf(Command command, string[] parents)
        {
            string[] path = [.. parents, command.Name];
            return [path, .. command.Subcommands.SelectMany(nested => PathsOf(nested, path))];
        }
    }

    [Fact]
    public void ShouldNameTheJob_WhenItsBuildThrows()
    {
        StreamExecutionEnvironment env = new();
        CliException error = Assert.Throws<CliException>(() => JobEnvironments.Declare(new ThrowingJob("no luck."), env));
        Assert.Contains(
            "Job 'throwing' cannot be declared: its Build threw InvalidOperationException: no luck. Correct",
            error.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("--seeds is x, expected 1", "simulate", "--seeds", "x")]
    [InlineData("--seeds is 0, expected 1", "simulate", "--seeds", "0")]
    [InlineData("--intensity is much, expected 0 to 20", "simulate", "--intensity", "much")]
    [InlineData("--intensity is NaN, expected 0 to 20", "simulate", "--intensity", "NaN")]
    [InlineData("--backend is 7, expected AzureStorage or DurableTaskScheduler", "infra", "samples", "--backend", "7")]
    [InlineData("--backend is cloud, expected AzureStorage or DurableTaskScheduler", "infra", "samples", "--backend", "cloud")]
    [InlineData("--hosting is keda5, expected Flex or", "infra", "samples", "--hosting", "Keda", "--hosting", "keda5")]
    [InlineData("--parallelism is x, expected 1 to", "infra", "samples", "--parallelism", "x")]
    [InlineData("--format is 1, expected Text or", "describe", "samples", "--format", "1")]
    [InlineData("--control-port is http, expected 0 to 65535", "run", "samples", "--control-port", "http")]
    [InlineData("--host-json 'nowhere.json' does not exist", "infra", "samples", "--host-json", "nowhere.json", "--check")]
    [InlineData("Topic 'orders' cannot be read; expected name:partitions", "infra", "samples", "--topic", "orders", "--check")]
    [InlineData("The app never reads --set nothing", "infra", "samples", "--job", "uppercase", "--set", "nothing=1")]
    [InlineData("--hosting is 5, expected Flex or", "infra", "samples", "--hosting", "5")]
    [InlineData("--topic t is given 8 and 9 partitions", "infra", "samples", "--topic", "t:8", "--topic", "t:9", "--check")]
    public async Task ShouldSayWhatIsWrong_WhenAnOptionIs(string expected, params string[] arguments)
    {
        (int exitCode, string output, string error) = await RunAsync(arguments);

        Assert.NotEqual(CliApplication.Success, exitCode);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output + error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("The cluster that has the letters", "dlq", "list")]
    [InlineData("Where to look up the partitions", "infra")]
    public async Task ShouldSayWhatTheClusterIsFor_WhenTheCommandStartsNone(string expected, params string[] command)
    {
        (_, string output, _) = await RunAsync([.. command, "--help"]);
        string text = string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.DoesNotContain("a development broker, started with this command", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldShowHelp_WhenAsked()
    {
        (int exitCode, string output, _) = await RunAsync("--help");
        Assert.Equal(CliApplication.Success, exitCode);
        Assert.Contains("./run [command] [options]", output, StringComparison.Ordinal);
        Assert.DoesNotContain("Millrace.Embedded", output, StringComparison.Ordinal);
        foreach (string command in (string[])["demo", "logs", "run", "describe", "broker", "dlq", "bench"])
        {
            Assert.Contains(command, output, StringComparison.Ordinal);
        }
    }

    private static Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments) =>
        RunAsync(Deadline.Token(), arguments);

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        CancellationToken cancellationToken,
        params string[] arguments
    )
    {
        await using StringWriter output = new();
        await using StringWriter error = new();
        int exitCode = await CliApplication.RunAsync(
            arguments,
            new CliConsole(TextWriter.Synchronized(output), TextWriter.Synchronized(error), IsTerminal: false),
            cancellationToken
        );
        return (exitCode, output.ToString(), error.ToString());
    }

    // Its constructor keeps it out of the jobs of this assembly.
    private sealed class ThrowingJob(string message) : IStreamJob
    {
        public string Name => "throwing";

        public void Build(StreamExecutionEnvironment env) => throw new InvalidOperationException(message);
    }
}
