using System.CommandLine;
using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Hosting;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;

namespace Millrace.Embedded.Commands;

/// <summary>Runs the development broker in the foreground.</summary>
internal sealed class BrokerCommand : ICliCommand
{
    private const int DefaultPort = 9092;

    private readonly Option[] _options = [.. BrokerOption.All.Select(Declare)];

    private readonly Option<bool> _untilInputCloses = new("--until-input-closes")
    {
        Description = "End when standard input ends.",
        Hidden = true,
    };

    public Command Create(CliConsole console)
    {
        Command command = new(
            "broker",
            "Run the development broker: a small one-node broker that speaks Kafka's protocol on the loopback address. For development and "
                + "tests only."
        );
        foreach (Option option in _options)
        {
            command.Add(option);
        }

        command.Add(_untilInputCloses);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, console, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed, CliConsole console, CancellationToken cancellationToken)
    {
        LogLevel level = parsed.GetValue(CommonOptions.Verbose) ? LogLevel.Information : LogLevel.Warning;
        using LineLoggerFactory loggers = new(level, line => console.Error.WriteLine(line));
        DevBroker.DevBrokerOptions options = new() { Port = DefaultPort, LoggerFactory = loggers };
        Apply(parsed, options);
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(options, cancellationToken);
        await console.Out.WriteLineAsync(
            "Millrace development broker: one node, no authentication, no replication. For development and tests only."
        );
        await console.Out.WriteLineAsync(
            $"Topics are kept {(options.Directory is null ? "in memory" : "in " + Path.GetFullPath(options.Directory))}. Ctrl-C stops it."
        );
        await console.Out.WriteLineAsync(BrokerProcess.ReadyPrefix + broker.BootstrapServers);
        await console.Out.FlushAsync(cancellationToken);
        await WaitForEndAsync(parsed.GetValue(_untilInputCloses), cancellationToken);
        return CliApplication.Success;
    }

    private static Option Declare(BrokerOption option)
    {
        if (option.ValueName is null)
        {
            return new Option<bool>(option.Name) { Description = option.Description };
        }

        Option<string[]> declared = new(option.Name)
        {
            Description = option.Description,
            HelpName = option.ValueName,
            DefaultValueFactory = static _ => [],
        };
        declared.Validators.Add(result =>
        {
            foreach (System.CommandLine.Parsing.Token token in result.Tokens)
            {
                if (option.Apply(new DevBroker.DevBrokerOptions(), token.Value) is { } wrong)
                {
                    result.AddError(wrong);
                }
            }
        });
        return declared;
    }

    private void Apply(ParseResult parsed, DevBroker.DevBrokerOptions options)
    {
        for (int i = 0; i < _options.Length; i++)
        {
            if (_options[i] is Option<bool> given)
            {
                if (parsed.GetValue(given))
                {
                    _ = BrokerOption.All[i].Apply(options, "");
                }

                continue;
            }

            foreach (string value in parsed.GetValue((Option<string[]>)_options[i]) ?? [])
            {
                _ = BrokerOption.All[i].Apply(options, value);
            }
        }
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
