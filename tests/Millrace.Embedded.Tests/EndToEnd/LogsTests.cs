using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Embedded.Cli;
using Millrace.Errors;
using Millrace.Kafka;
using Millrace.Runtime;
using Millrace.Samples;
using Millrace.Samples.Logs;
using Millrace.Tests.Shared;
using Millrace.Windows;
using Xunit;
using QuantileSketch = Millrace.Samples.Logs.QuantileSketch;

namespace Millrace.Embedded.Tests.EndToEnd;

public sealed partial class LogsTests
{
    private const long Hour = 3_600_000;
    internal static readonly string[] Topics =
    [
        "access-log",
        "access-log-totals",
        "access-log-paths",
        "access-log-alerts",
        "access-log-late",
        "access-log-dead-letters",
    ];

    [AccessLogFact]
    public async Task ShouldFindWhatAPlainComputationFinds_WhenLogIsReal()
    {
        await using TestBroker broker = await TestBroker.StartAsync([.. Topics.Select(topic => (topic, 0))]);
        (int exitCode, string output) = await RunAsync(
            "logs",
            "--file",
            Repository.AccessLog!,
            "--bootstrap-servers",
            broker.BootstrapServers,
            "--window",
            "1h",
            "--out-of-orderness",
            "2h"
        );
        Assert.True(exitCode == 0, output);

        (Request[] requests, string[] malformed) = ReadPlainly(Repository.AccessLog!);
        KafkaTopics topics = new(broker.BootstrapServers);
        PathReport[] paths =
        [
            .. (await topics.ReadAsync("access-log-paths")).Select(json =>
                JsonSerializer.Deserialize(json, SamplesJson.Default.PathReport)!
            ),
        ];
        LogReport[] totals =
        [
            .. (await topics.ReadAsync("access-log-totals")).Select(json =>
                JsonSerializer.Deserialize(json, SamplesJson.Default.LogReport)!
            ),
        ];

        Assert.Equal(
            requests
                .GroupBy(r => (r.Path, Window: r.Time / Hour * Hour))
                .Select(g => (g.Key.Window, g.Key.Path, g.LongCount(), g.Sum(r => r.Bytes), g.LongCount(r => r.Status >= 400)))
                .Order(),
            paths.Select(p => (p.WindowStart.ToUnixTimeMilliseconds(), p.Path, p.Requests, p.Bytes, p.Errors)).Order()
        );
        IGrouping<long, Request>[] expected = requests.GroupBy(r => r.Time / Hour * Hour).OrderBy(g => g.Key).ToArray();
        Assert.Equal(
            expected.Select(g =>
                (g.Key, g.LongCount(), g.Sum(r => r.Bytes), g.LongCount(r => r.Status >= 400), g.Select(r => r.Path).Distinct().Count())
            ),
            totals.OrderBy(t => t.WindowStart).Select(t => (t.WindowStart.ToUnixTimeMilliseconds(), t.Requests, t.Bytes, t.Errors, t.Paths))
        );
        foreach ((IGrouping<long, Request> window, LogReport report) in expected.Zip(totals.OrderBy(t => t.WindowStart)))
        {
            Assert.Equal(
                window
                    .GroupBy(r => r.Path, StringComparer.Ordinal)
                    .Select(g => new TopPath(g.Key, g.LongCount()))
                    .OrderByDescending(p => p.Requests)
                    .ThenBy(p => p.Path, StringComparer.Ordinal)
                    .Take(10),
                report.TopPaths
            );
            AssertQuantile(window, 0.50, report.P50);
            AssertQuantile(window, 0.95, report.P95);
            AssertQuantile(window, 0.99, report.P99);
        }

        Assert.Equal(malformed, await topics.ReadAsync("access-log-dead-letters"));
        Assert.Contains($"Total: {requests.Length} requests", output, StringComparison.Ordinal);
        Assert.Contains($"{malformed.Length} malformed", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldReportAlertsAndReasons_WhenLogHasErrorsAndMalformedLines()
    {
        string file = Path.GetTempFileName();
        try
        {
            IEnumerable<string> lines = Enumerable
                .Range(0, 100)
                .Select(i =>
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"10.0.0.1 - - [01/Jan/2024:00:{i / 50:D2}:{i % 50:D2} +0000] \"GET /page{i % 3}?x={i} HTTP/1.1\" "
                            + $"{(i < 50 && i % 2 == 0 ? 500 : 200)} {i}"
                    )
                );
            await File.WriteAllLinesAsync(file, ["no line of a log", .. lines, ""]);
            (int exitCode, string output) = await RunAsync("logs", "-f", file);
            Assert.True(exitCode == 0, output);
            Assert.Contains("2024-01-01 00:00:00 25 of 50 requests failed (50.0 %, limit 10.0 %)", output, StringComparison.Ordinal);
            Assert.Contains("Alerts: 1", output, StringComparison.Ordinal);
            Assert.Contains(
                "access-log[0]@0 System.FormatException: Not a line of an access log: expected a time",
                output,
                StringComparison.Ordinal
            );
            Assert.Contains(
                "Total: 100 requests, 4950 bytes, 25 errors, 2 windows, 1 alerts, 0 late, 2 malformed",
                output,
                StringComparison.Ordinal
            );
        }
        finally
        {
            File.Delete(file);
        }
    }

    [OwnBrokerFact]
    public async Task ShouldWaitForItsTopics_WhenTheBrokerShowsThemLater()
    {
        DevBroker.DevBrokerOptions options = new() { TopicVisibilityDelay = TimeSpan.FromMilliseconds(500) };
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(options);
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "broken\n10.0.0.1 - - [01/Jan/2024:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n");
            (int exitCode, string output) = await RunAsync(
                "logs",
                "-f",
                file,
                "--bootstrap-servers",
                broker.BootstrapServers,
                "--topic",
                "fresh"
            );
            Assert.True(exitCode == 0, output);
            Assert.Contains(
                "Total: 1 requests, 5 bytes, 0 errors, 1 windows, 0 alerts, 0 late, 1 malformed",
                output,
                StringComparison.Ordinal
            );
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task ShouldReportWindowsAsTheyClose_WhenTheFileIsFollowed()
    {
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, Line(0, 100) + Line(30, 200));
            await using StringWriter output = new();
            TextWriter both = TextWriter.Synchronized(output);
            using CancellationTokenSource stop = new();
            Task<int> following = CliApplication.RunAsync(
                ["logs", "-f", file, "--follow", "--out-of-orderness", "1s"],
                new CliConsole(both, both, IsTerminal: false),
                stop.Token
            );
            await File.AppendAllTextAsync(file, Line(59, 300)[..^1]);
            await File.AppendAllTextAsync(file, "\n" + Line(90, 400));
            await Deadline.UntilAsync(
                () => Text().Contains("access-log-totals:", StringComparison.Ordinal),
                "The first window",
                Deadline.Token()
            );

            // Rotated: the new file is shorter than what was read of the old one.
            await File.WriteAllTextAsync(file, Line(200, 7));
            await Deadline.UntilAsync(() => Occurrences("access-log-totals:") == 2, "The window of the rotated file", Deadline.Token());
            await stop.CancelAsync();

            Assert.Equal(CliApplication.Success, await following);
            Assert.Matches("access-log-totals: .*requests[^0-9]*3[^0-9].*bytes[^0-9]*600", Text());

            string Text()
            {
                lock (both)
                {
                    return output.ToString();
                }
            }

            int Occurrences(string what) => Text().Split(what).Length - 1;
        }
        finally
        {
            File.Delete(file);
        }

        static string Line(int second, int bytes) =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"10.0.0.1 - - [01/Jan/2024:00:{second / 60:D2}:{second % 60:D2} +0000] \"GET /page HTTP/1.1\" 200 {bytes}\n"
            );
    }

    [Fact]
    public async Task ShouldSendLettersBackOnce_WhenTheyAreRedriven()
    {
        await using TestBroker broker = await TestBroker.StartAsync([.. Topics.Select(topic => (topic, 0))]);
        KafkaTopics topics = new(broker.BootstrapServers);
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "broken\n10.0.0.1 - - [01/Jan/2024:00:00:00 +0000] \"GET / HTTP/1.1\" 200 5\n");
            (int exitCode, string output) = await RunAsync("logs", "-f", file, "--bootstrap-servers", broker.BootstrapServers);
            Assert.True(exitCode == 0, output);
        }
        finally
        {
            File.Delete(file);
        }

        string[] connection = ["--topic", "access-log-dead-letters", "--bootstrap-servers", broker.BootstrapServers];
        Assert.Contains("1 dead letter(s)", (await RunAsync(["dlq", "list", .. connection])).Output, StringComparison.Ordinal);
        (int first, string sent) = await RunAsync(["dlq", "redrive", .. connection]);
        Assert.True(first == 0, sent);
        Assert.Contains("1 dead letter(s) sent back", sent, StringComparison.Ordinal);
        Assert.Contains("0 dead letter(s) sent back", (await RunAsync(["dlq", "redrive", .. connection])).Output, StringComparison.Ordinal);
        Assert.Equal(["broken", "broken"], (await topics.ReadAsync("access-log")).Where(line => line == "broken"));
    }

    [Fact]
    public async Task ShouldSendBackWhatHasAnOriginal_WhenLettersOfUserCodeAreRedriven()
    {
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(
            new DevBroker.DevBrokerOptions { Topics = { ["words"] = 1, ["dead"] = 1 } }
        );
        KafkaTopics topics = new(broker.BootstrapServers);
        topics.Fill("words", 1, ["good", "bad"]);
        StreamExecutionEnvironment env = new(new ExecutionOptions { RestartStrategy = RestartStrategy.None });
        env.SetUserCodeErrorPolicy(
            UserCodeErrorPolicy.DeadLetter(KafkaSink.DeadLetters("dead").SetBootstrapServers(broker.BootstrapServers).Build())
        );
        DataStream<string> words = env.FromSource(
            KafkaSource
                .Builder<string>()
                .SetBootstrapServers(broker.BootstrapServers)
                .SetTopics("words")
                .SetBounded(OffsetsInitializer.Latest())
                .SetDeserializer(SimpleStringSchema.Instance)
                .Build()
        );
        words
            .Map(word => word == "bad" ? throw new FormatException("a bad word") : word)
            .WithUid("map")
            .KeyBy(word => word)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromDays(1)))
            .Apply<string>((_, _, _, _) => throw new FormatException("no window is good enough"))
            .WithUid("window")
            .SinkTo(new CollectSink<string>());
        await env.ExecuteAsync("words").WaitAsync(TimeSpan.FromSeconds(60));

        string[] connection = ["--topic", "dead", "--bootstrap-servers", broker.BootstrapServers];
        string listed = (await RunAsync(["dlq", "list", .. connection])).Output;
        Assert.Contains("words[0]@1 attempt 1 operator map: System.FormatException: a bad word \"bad\"", listed, StringComparison.Ordinal);
        Assert.Contains("no single record attempt 1 operator window key=good window [", listed, StringComparison.Ordinal);
        string sent = (await RunAsync(["dlq", "redrive", .. connection])).Output;
        Assert.Contains("1 dead letter(s) sent back", sent, StringComparison.Ordinal);
        Assert.Contains("1 letter(s) not sent back: they have no original record", sent, StringComparison.Ordinal);
        Assert.Equal(["good", "bad", "bad"], await topics.ReadAsync("words"));
    }

    private static void AssertQuantile(IEnumerable<Request> requests, double q, long actual)
    {
        long[] sizes = [.. requests.Select(r => r.Bytes).Order()];
        long exact = sizes[Math.Clamp((int)Math.Ceiling(q * sizes.Length), 1, sizes.Length) - 1];
        Assert.InRange(actual, (exact * (1 - QuantileSketch.RelativeError)) - 1, (exact * (1 + QuantileSketch.RelativeError)) + 1);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        await using StringWriter output = new();
        TextWriter both = TextWriter.Synchronized(output);
        int exitCode = await CliApplication.RunAsync(arguments, new CliConsole(both, both, IsTerminal: false), Deadline.Token());
        return (exitCode, output.ToString());
    }

    private static (Request[] Requests, string[] Malformed) ReadPlainly(string file)
    {
        (string Line, Match Match)[] lines = File.ReadAllLines(file, Encoding.UTF8)
            .Select(line => (Line: line, Match: Combined().Match(line)))
            .ToArray();
        Request[] requests =
        [
            .. lines
                .Where(line => line.Match.Success)
                .Select(line => new Request(
                    DateTimeOffset
                        .ParseExact(line.Match.Groups["time"].Value, "dd/MMM/yyyy:HH:mm:ss zzz", CultureInfo.InvariantCulture)
                        .ToUnixTimeMilliseconds(),
                    line.Match.Groups["target"].Value.Split('?')[0],
                    int.Parse(line.Match.Groups["status"].Value, CultureInfo.InvariantCulture),
                    line.Match.Groups["size"].Value == "-" ? 0 : long.Parse(line.Match.Groups["size"].Value, CultureInfo.InvariantCulture)
                )),
        ];
        return (requests, [.. lines.Where(line => !line.Match.Success).Select(line => line.Line)]);
    }

    [GeneratedRegex(
        """^\S+ \S+ \S+ \[(?<time>[^\]]+)\] "\S+ (?<target>.*?)( HTTP/[\d.]+)?" (?<status>\d{3}) (?<size>\d+|-) "(\\.|[^"\\])*" "(\\.|[^"\\])*"$""",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Combined();

    private sealed record Request(long Time, string Path, int Status, long Bytes);
}
