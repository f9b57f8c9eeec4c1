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
        Description = "Start from this savepoint or checkpoint. Default: the job's latest checkpoint in --checkpoint-dir or --azure-storage.",
        HelpName = "location",
    };

    public Command Create(CliConsole console)
    {
        Command command = new("run", "Run a job of an assembly.");
        _jobs.AddTo(command);
        _common.AddTo(command);
        command.Add(_restore);
        command.SetAction((parsed, cancellationToken) => RunAsync(console, parsed, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(CliConsole console, ParseResult parsed, CancellationToken cancellationToken)
    {
        IStreamJob job = _jobs.Load(parsed).Find(parsed.GetValue(_jobs.Job));
        HostSettings settings = _common.Read(parsed) with { RestoreFrom = parsed.GetValue(_restore) };
        JobRunner runner = new(console, settings);
        using ILoggerFactory loggers = runner.CreateLoggers();
        await using HostSession session = await HostSession.StartAsync(settings, loggers, cancellationToken);
        await runner.SayAsync($"Kafka at {session.Cluster.BootstrapServers}{(session.OwnsBroker ? " (development broker, started for this job)" : "")}");
        await session.StartJobAsync(job, _jobs.Parameters(parsed));
        await runner.WatchAsync(session, $"{job.Name} on {session.Cluster.BootstrapServers}", session.Jobs);
        await runner.SummarizeAsync(session);
        return CliApplication.Success;
    }
}
