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

    private readonly Option<DescriptionFormat> _format = new("--format") { Description = "How to show it.", DefaultValueFactory = static _ => DescriptionFormat.Text };

    public Command Create(CliConsole console)
    {
        Command command = new("describe", "Show the jobs of an assembly: sources, operators, windows, sinks, stages.");
        _jobs.AddTo(command);
        command.Add(_format);
        command.SetAction((parsed, _) => RunAsync(console, parsed));
        return command;
    }

    private async Task<int> RunAsync(CliConsole console, ParseResult parsed)
    {
        JobAssembly assembly = _jobs.Load(parsed);
        Dictionary<string, string> noCluster = new(StringComparer.Ordinal);
        foreach (IStreamJob job in parsed.GetValue(_jobs.Job) is { } name ? [assembly.Find(name)] : assembly.Jobs)
        {
            StreamExecutionEnvironment env = JobEnvironments.Create(new HostSettings(), noCluster, _jobs.Parameters(parsed), new InMemoryObjectStore(), NullLoggerFactory.Instance);
            job.Build(env);
            await console.Out.WriteLineAsync(env.Describe(job.Name, parsed.GetValue(_format)));
        }

        return CliApplication.Success;
    }
}
