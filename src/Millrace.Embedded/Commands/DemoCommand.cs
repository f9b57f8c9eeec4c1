using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;
using Millrace.Samples;
using Millrace.Samples.Auctions;
using Millrace.Samples.Logs;
using Millrace.Samples.Traffic;

namespace Millrace.Embedded.Commands;

/// <summary>Three jobs at once on made-up traffic: upper-casing, log analysis, auction analysis.</summary>
internal sealed class DemoCommand : ICliCommand
{
    public const string Name = "demo";

    /// <summary>Of one upper-cased text that is shown, so many are not.</summary>
    private const int TextsPassedOver = 999;

    private static readonly Dictionary<string, int> Topics = new(StringComparer.Ordinal)
    {
        ["nexmark-events"] = 2,
        ["access-log"] = 2,
        ["my_topic"] = 2,
        ["my_topic_upper"] = 2,
        ["auction-hot-items"] = 1,
        ["auction-highest-bids"] = 1,
        ["access-log-paths"] = 1,
        ["access-log-totals"] = 1,
        ["access-log-alerts"] = 1,
        ["access-log-late"] = 1,
        ["access-log-dead-letters"] = 1,
    };

    private static readonly Dictionary<string, int> Shown = new(StringComparer.Ordinal)
    {
        ["auction-hot-items"] = 0,
        ["auction-highest-bids"] = 0,
        ["access-log-totals"] = 0,
        ["access-log-alerts"] = 0,
        ["my_topic_upper"] = TextsPassedOver,
    };

    private readonly CommonOptions _common = new();

    private readonly Option<long> _rate = new Option<long>("--events-per-second")
    {
        Description = "Auction events to make per second; a tenth as many log lines and texts.",
        DefaultValueFactory = static _ => 5_000,
        HelpName = "n",
    }.From(10, 10_000_000);

    public Command Create(CliConsole console)
    {
        Command command = new(
            Name,
            "Make up traffic and run three jobs on it: the upper-casing pipeline, log monitoring, auction analysis with event-time windows."
        );
        _common.AddTo(command);
        command.Add(_rate);
        command.SetAction(
            (parsed, cancellationToken) => RunAsync(console, _common.Read(parsed), parsed.GetValue(_rate), cancellationToken)
        );
        return command;
    }

    private static async Task<int> RunAsync(CliConsole console, HostSettings settings, long rate, CancellationToken cancellationToken)
    {
        JobRunner runner = new(console, settings);
        using ILoggerFactory loggers = runner.CreateLoggers();
        await using HostSession session = await HostSession.StartAsync(settings, loggers, cancellationToken);
        await runner.SayAsync(
            $"Kafka at {session.Cluster.BootstrapServers}{(session.OwnsBroker ? " (development broker, started for this demo)" : "")}"
        );
        await session.Cluster.EnsureTopicsAsync(Topics, cancellationToken);
        await StartJobsAsync(session, rate);
        await using (ResultTail tail = ResultTail.Start(session, Shown, runner.Results))
        {
            await runner.WatchAsync(session, $"Millrace demo on {session.Cluster.BootstrapServers}", session.Jobs);
        }

        return await runner.SummarizeAsync(session);
    }

    private static async Task StartJobsAsync(HostSession session, long rate)
    {
        Dictionary<string, string> logs = new(StringComparer.Ordinal)
        {
            ["window-seconds"] = "5",
            ["out-of-orderness-seconds"] = "1",
            ["idle-seconds"] = "2",
            ["top"] = "3",
        };
        await session.StartJobAsync(new UppercaseJob());
        await session.StartJobAsync(new LogAnalysisJob(), logs);
        await session.StartJobAsync(
            new AuctionAnalysisJob(),
            new Dictionary<string, string>(StringComparer.Ordinal) { ["idle-seconds"] = "2" }
        );
        await session.StartJobAsync(
            new TrafficJob(),
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["events-per-second"] = Text(rate),
                ["lines-per-second"] = Text(Math.Max(rate / 10, 1)),
                ["texts-per-second"] = Text(Math.Max(rate / 10, 1)),
            },
            isTraffic: true
        );
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
