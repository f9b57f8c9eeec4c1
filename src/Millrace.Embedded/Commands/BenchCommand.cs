using System.CommandLine;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Commands;

/// <summary>Names the benchmarks in the help. They are a program of their own, which the script <c>./run</c> builds and starts.</summary>
internal sealed class BenchCommand : ICliCommand
{
    public Command Create(CliConsole console)
    {
        Command command = new(
            "bench",
            "Run the benchmarks: jobs (default), functions, functions-host, functions-soak, kafka, broker, operators, patterns, keys, "
                + "restore or soak."
        );
        command.SetAction(Refuse);
        return command;
    }

    private static int Refuse(ParseResult parsed) =>
        throw new CliException("The benchmarks are a program of their own; start them with the script: ./run bench.");
}
