using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;
using Millrace.Samples.Logs;

namespace Millrace.Embedded.Commands;

/// <summary>Streams an access log through Kafka and the log job, and reports what it found.</summary>
internal sealed class LogsCommand : ICliCommand
{
    private readonly CommonOptions _common = new();

    private readonly Option<string> _file = new("--file", "-f")
    {
        Description = "The access log, in common or combined format, plain or packed with gzip; - is standard input.",
        Required = true,
        HelpName = "file",
    };

    private readonly Option<string> _prefix = new("--topic")
    {
        Description = "The topic for the lines; results go to TOPIC-totals, -paths, -alerts, -late and -dead-letters.",
        DefaultValueFactory = static _ => "access-log",
        HelpName = "topic",
    };

    private readonly Option<TimeSpan?> _window = new("--window")
    {
        Description = "Size of the windows. Default: 1m.",
        CustomParser = Durations.Parse,
        HelpName = "duration",
    };

    private readonly Option<TimeSpan?> _outOfOrderness = new("--out-of-orderness")
    {
        Description = "How much older a line may be than one before it; later ones go to TOPIC-late. Default: 1m.",
        CustomParser = Durations.Parse,
        HelpName = "duration",
    };

    private readonly Option<int> _top = new Option<int>("--top")
    {
        Description = "Most asked paths per window.",
        DefaultValueFactory = static _ => 10,
        HelpName = "n",
    }.From(1, 1000);

    private readonly Option<double> _alertRate = new Option<double>("--alert-rate")
    {
        Description = "Share of errors from which on a window is an alert.",
        DefaultValueFactory = static _ => 0.1,
        HelpName = "0..1",
    }.From(0, 1);

    private readonly Option<int> _alertRequests = new Option<int>("--alert-min-requests")
    {
        Description = "Requests that a window must have for an alert.",
        DefaultValueFactory = static _ => 20,
        HelpName = "n",
    }.From(0, int.MaxValue);

    private readonly Option<int> _errorStatus = new Option<int>("--error-status")
    {
        Description = "First HTTP status that is an error.",
        DefaultValueFactory = static _ => 400,
        HelpName = "n",
    }.From(100, 999);

    private readonly Option<bool> _all = new("--all") { Description = "Report every window instead of the last ones." };

    private readonly Option<bool> _follow = new("--follow", "-F")
    {
        Description =
            "Go on as the file grows, until Ctrl-C or --duration, and show windows as they close. A window closes when a line comes that "
            + "is later than its end by --out-of-orderness.",
    };

    public Command Create(CliConsole console)
    {
        Command command = new(
            "logs",
            "Stream an access log into Kafka and analyse it: requests, bytes, errors and response sizes per window and path, alerts, dead "
                + "letters."
        );
        command.Add(_file);
        command.Add(_window);
        command.Add(_outOfOrderness);
        command.Add(_top);
        command.Add(_alertRate);
        command.Add(_alertRequests);
        command.Add(_errorStatus);
        command.Add(_all);
        command.Add(_follow);
        command.Add(_prefix);
        _common.AddTo(command);
        command.SetAction((parsed, cancellationToken) => RunAsync(console, parsed, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(CliConsole console, ParseResult parsed, CancellationToken cancellationToken)
    {
        string topic = parsed.GetValue(_prefix)!;
        string file = parsed.GetValue(_file)!;
        bool follow = parsed.GetValue(_follow);
        await using Stream input = await TextInput.OpenAsync(file, follow, Console.OpenStandardInput, cancellationToken);
        HostSettings settings = _common.Read(parsed) with { CreateTopics = true };
        JobRunner runner = new(console, settings);
        using ILoggerFactory loggers = runner.CreateLoggers();
        await using HostSession session = await HostSession.StartAsync(settings, loggers, cancellationToken);
        await session.Cluster.EnsureTopicsAsync(
            [KeyValuePair.Create(topic, 1), .. LogResults.TopicsOf(topic).Select(name => KeyValuePair.Create(name, 1))],
            cancellationToken
        );
        LogResults results = await LogResults.BeginAsync(session, topic, cancellationToken);
        FedLines? fed = follow
            ? null
            : await LineFeeder.FeedAsync(input, session.Cluster, topic, LogResults.DeadLettersOf(topic), cancellationToken);
        if (fed is not null)
        {
            await runner.SayAsync(Written(fed, topic, session));
        }
        HostedJob job = await session.StartJobAsync(new LogAnalysisJob(), Parameters(parsed, topic));
        if (follow)
        {
            await using Stream growing = file == "-" ? input : new FollowingStream(file, TimeProvider.System, session.Stopping);
            await FollowAsync(runner, session, growing, topic, job, cancellationToken);
        }
        else
        {
            await runner.WatchAsync(session, $"Access log {file}", [job]);
        }

        int exitCode = await runner.SummarizeAsync(session);
        bool isOver = job.Client.Status == Runtime.JobStatus.Finished || (follow && !cancellationToken.IsCancellationRequested);
        if (isOver)
        {
            await LogReportWriter.WriteAsync(
                await results.ReadAsync(cancellationToken),
                job.Client.GetMetrics().RecordsAhead,
                parsed.GetValue(_all),
                console.Out
            );
        }
        if (fed?.Damage is null)
        {
            return exitCode;
        }
        string left =
            $"{(file == "-" ? "Standard input" : $"--file '{file}'")} is {fed.Damage}, after line "
            + $"{fed.Count.ToString(CultureInfo.InvariantCulture)}";
        await console.Error.WriteLineAsync(
            $"{left}: what comes behind it, and a line that had begun, are not in this report. Give the whole file for the rest."
        );
        return CliApplication.Failure;
    }

    private static string Written(FedLines fed, string topic, HostSession session)
    {
        string tooLong = fed.TooLong == 0 ? "" : $"; {fed.TooLong} of them too long for it, as dead letters";
        return $"{fed.Count} lines written to topic '{topic}' at {session.Cluster.BootstrapServers}{tooLong}";
    }

    private static async Task FollowAsync(
        JobRunner runner,
        HostSession session,
        Stream input,
        string topic,
        HostedJob job,
        CancellationToken cancellationToken
    )
    {
        Dictionary<string, int> shown = new(StringComparer.Ordinal) { [topic + "-totals"] = 0, [topic + "-alerts"] = 0 };
        await using ResultTail tail = ResultTail.Start(session, shown, runner.Results);
        Task<FedLines> feeding = LineFeeder.FeedAsync(input, session.Cluster, topic, LogResults.DeadLettersOf(topic), cancellationToken);
        Task stopping = feeding
            .ContinueWith(_ => session.StopAsync(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default)
            .Unwrap();
        await runner.WatchAsync(session, "Access log, as it grows", [job]);
        try
        {
            await runner.SayAsync(Written(await feeding, topic, session));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C.
        }
        finally
        {
            await stopping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Dictionary<string, string> Parameters(ParseResult parsed, string topic) =>
        new(StringComparer.Ordinal)
        {
            ["input-topic"] = topic,
            ["output-prefix"] = topic,
            ["bounded"] = parsed.GetValue(_follow) ? "false" : "true",

            // On a cluster that keeps its topics, what an earlier run has read is not read again.
            ["from"] = "committed",
            ["window-seconds"] = Seconds(parsed.GetValue(_window) ?? TimeSpan.FromMinutes(1)),
            ["out-of-orderness-seconds"] = Seconds(parsed.GetValue(_outOfOrderness) ?? TimeSpan.FromMinutes(1)),
            ["top"] = Text(parsed.GetValue(_top)),
            ["alert-rate"] = Text(parsed.GetValue(_alertRate)),
            ["alert-min-requests"] = Text(parsed.GetValue(_alertRequests)),
            ["error-status"] = Text(parsed.GetValue(_errorStatus)),
        };

    private static string Seconds(TimeSpan span) => Text(span.TotalSeconds);

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);
}
