using Millrace.Embedded.Commands;

namespace Millrace.Embedded.Cli;

/// <summary>All commands, in the order of the help.</summary>
internal static class CliCommands
{
    public static IReadOnlyList<ICliCommand> All { get; } =
    [
        new DemoCommand(),
        new LogsCommand(),
        new RunCommand(),
        new SavepointCommand(),
        new StateCommand(),
        new DescribeCommand(),
        new InfraCommand(),
        new NexmarkCommand(),
        new BrokerCommand(),
        new DeadLettersCommand(),
        new SimulateCommand(),
        new BenchCommand(),
    ];
}
