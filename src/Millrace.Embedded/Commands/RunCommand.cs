using System.CommandLine;
using Microsoft.Extensions.Logging;
using Millrace.Api;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;

namespace Millrace.Embedded.Commands;

/// <summary>Runs a job of any assembly.</summary>
internal sealed class RunCommand : ICliCommand
{
    private readonly CommonOptions _common = new();
    private readonly JobsArgument _jobs = new();

    private readonly Option<string?> _restore = new("--restore")
    {
        Description =
            "Start from this savepoint or checkpoint. Default: the job's latest checkpoint in --checkpoint-dir or --azure-storage.",
        HelpName = "location",
    };

    private readonly Option<bool> _allowNonRestored = new("--allow-non-restored-state")
    {
        Description = "Start although the checkpoint or savepoint has state of operators that the job does not have: it is lost.",
    };

    private readonly Option<int?> _controlPort = new("--control-port")
    {
        Description = "Answer the savepoint command on this loopback port; 0 takes a free one. Default: do not listen.",
        HelpName = "n",
    };

    public Command Create(CliConsole console)
    {
        Command command = new("run", "Run a job of an assembly.");
        _jobs.AddTo(command);
        _common.AddTo(command);
        command.Add(_restore);
        command.Add(_allowNonRestored);
        command.Add(_controlPort.From(0, 65535));
        command.SetAction((parsed, cancellationToken) => RunAsync(console, parsed, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(CliConsole console, ParseResult parsed, CancellationToken cancellationToken)
    {
        IStreamJob job = _jobs.Load(parsed).Find(parsed.GetValue(_jobs.Job));
        HostSettings settings = _common.Read(parsed) with
        {
            RestoreFrom = parsed.GetValue(_restore),
            AllowNonRestoredState = parsed.GetValue(_allowNonRestored),
        };
        JobRunner runner = new(console, settings);
        using ILoggerFactory loggers = runner.CreateLoggers();
        await using HostSession session = await HostSession.StartAsync(settings, loggers, cancellationToken);
        await runner.SayAsync(
            $"Kafka at {session.Cluster.BootstrapServers}{(session.OwnsBroker ? " (development broker, started for this job)" : "")}"
        );
        await using ControlServer? control = parsed.GetValue(_controlPort) is { } port
            ? await ControlServer.StartAsync(session, port, cancellationToken)
            : null;
        if (control is not null)
        {
            await runner.SayAsync($"Control at {control.Address}");
        }
        await session.StartJobAsync(job, _jobs.Parameters(parsed));
        await runner.WatchAsync(session, $"{job.Name} on {session.Cluster.BootstrapServers}", session.Jobs);
        return await runner.SummarizeAsync(session);
    }
}
