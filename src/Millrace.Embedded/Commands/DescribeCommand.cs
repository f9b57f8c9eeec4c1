using System.CommandLine;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;

namespace Millrace.Embedded.Commands;

/// <summary>Shows what the jobs of an assembly do, without running them.</summary>
internal sealed class DescribeCommand : ICliCommand
{
    private readonly JobsArgument _jobs = new();

    private readonly Option<DescriptionFormat> _format = new("--format")
    {
        Description = "How to show it.",
        DefaultValueFactory = static _ => DescriptionFormat.Text,
    };

    public Command Create(CliConsole console)
    {
        Command command = new("describe", "Show the jobs of an assembly: sources, operators, windows, sinks, stages.");
        _jobs.AddTo(command);
        command.Add(_format.ByName());
        command.SetAction((parsed, _) => RunAsync(console, parsed));
        return command;
    }

    private async Task<int> RunAsync(CliConsole console, ParseResult parsed)
    {
        JobAssembly assembly = _jobs.Load(parsed);
        // A job that asks the configuration for its brokers is described without them.
        Dictionary<string, string> noCluster = new(StringComparer.Ordinal) { ["bootstrap.servers"] = "localhost:9092" };
        JobParameters parameters = new(_jobs.Parameters(parsed));
        List<string> descriptions = [];
        IReadOnlyList<IStreamJob> jobs = parsed.GetValue(_jobs.Job) is { } name ? [assembly.Find(name)] : assembly.Jobs;
        foreach (IStreamJob job in jobs)
        {
            StreamExecutionEnvironment env = JobEnvironments.Create(
                new HostSettings(),
                noCluster,
                parameters,
                new InMemoryObjectStore(),
                NullLoggerFactory.Instance
            );
            JobEnvironments.Declare(job, env);
            descriptions.Add(env.Describe(job.Name, parsed.GetValue(_format)));
        }

        parameters.ThrowIfUnread(jobs is [IStreamJob only] ? $"Job '{only.Name}'" : "No job");
        foreach (string description in descriptions)
        {
            await console.Out.WriteLineAsync(description);
        }

        return CliApplication.Success;
    }
}
