using System.CommandLine;
using Microsoft.Extensions.Logging;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;

namespace Millrace.Embedded.Commands;

/// <summary>Runs the development broker in the foreground.</summary>
internal sealed class BrokerCommand : ICliCommand
{
    private const int DefaultPort = 9092;

    private readonly Option<int> _port = new Option<int>("--port") { Description = "Port on the loopback address; 0 takes a free one.", DefaultValueFactory = static _ => DefaultPort, HelpName = "n" }.From(0, 65535);

    private readonly Option<string?> _directory = new("--directory") { Description = "Keep topics in this directory. Default: in memory.", HelpName = "directory" };

    private readonly Option<string[]> _topics = new("--topic") { Description = "A topic to create, with its partitions: orders:4. May come several times.", DefaultValueFactory = static _ => [], HelpName = "name[:n]" };

    private readonly Option<bool> _untilInputCloses = new("--until-input-closes") { Description = "End when standard input ends.", Hidden = true };

    public Command Create(CliConsole console)
    {
        Command command = new("broker", "Run the development broker: a small one-node broker that speaks Kafka's protocol on the loopback address. For development and tests only.");
        command.Add(_port);
        command.Add(_directory);
        command.Add(_topics);
        command.Add(_untilInputCloses);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, console, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CliConsole console, CancellationToken cancellationToken)
    {
        int port = parsed.GetValue(_port);
        string? directory = parsed.GetValue(_directory);
        LogLevel level = parsed.GetValue(CommonOptions.Verbose) ? LogLevel.Information : LogLevel.Warning;
        using LineLoggerFactory loggers = new(level, line => console.Error.WriteLine(line));
        DevBroker.DevBrokerOptions options = new() { Port = port, Directory = directory, LoggerFactory = loggers };
        foreach (string topic in parsed.GetValue(_topics) ?? [])
        {
            (string name, int partitions) = TopicArgument.Parse(topic);
            options.Topics[name] = partitions;
        }

        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(options, cancellationToken);
        await console.Out.WriteLineAsync("Millrace development broker: one node, no authentication, no replication. For development and tests only.");
        await console.Out.WriteLineAsync($"Topics are kept {(directory is null ? "in memory" : "in " + Path.GetFullPath(directory))}. Ctrl-C stops it.");
        await console.Out.WriteLineAsync(BrokerProcess.ReadyPrefix + broker.BootstrapServers);
        await console.Out.FlushAsync(cancellationToken);
        await WaitForEndAsync(parsed.GetValue(_untilInputCloses), cancellationToken);
        return CliApplication.Success;
    }

    private static async Task WaitForEndAsync(bool untilInputCloses, CancellationToken cancellationToken)
    {
        TaskCompletionSource stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = cancellationToken.Register(stopped.SetResult);
        if (!untilInputCloses)
        {
            await stopped.Task;
            return;
        }

        // Ctrl-C at a terminal reaches this process too; it is the parent that decides when the broker ends.
        await using Stream input = Console.OpenStandardInput();
        byte[] buffer = new byte[64];
        while (await input.ReadAsync(buffer, CancellationToken.None) > 0)
        {
            // Nothing is said on this pipe; only its end counts.
        }
    }
}
