using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Millrace.Embedded.Commands;

namespace Millrace.Embedded.Cli;

/// <summary>The command line: parses, runs a command, and turns what goes wrong into one message and an exit code.</summary>
internal static class CliApplication
{
    public const int Success = 0;
    public const int Failure = 1;
    public const int BadUsage = 2;
    private const string Tool = "millrace";

    /// <summary>What people type to start this program: the installed tool, or the script of the repository.</summary>
    public static string Program { get; } =
        string.Equals(Path.GetFileNameWithoutExtension(Environment.ProcessPath), Tool, StringComparison.OrdinalIgnoreCase) ? Tool : "./run";

    public static async Task<int> RunAsync(string[] args, CliConsole console, CancellationToken cancellationToken)
    {
        // A root command takes the name of the assembly, which is not what anybody types.
        Command root = new(Program, "Millrace: stream processing for .NET. Without a command it runs the demo.")
        {
            new HelpOption(),
            new VersionOption(),
        };
        foreach (ICliCommand command in CliCommands.All)
        {
            root.Add(command.Create(console));
        }
        root.Add(CommonOptions.Verbose);

        // The command word is optional: "--duration 30s" is the demo's.
        bool namesCommand = args.Length > 0 && (!args[0].StartsWith('-') || args[0] is "--help" or "-h" or "-?" or "--version");
        ParseResult parsed = root.Parse(namesCommand ? args : [DemoCommand.Name, .. args]);
        if (parsed.Errors.Count > 0)
        {
            string[] messages = [.. parsed.Errors.Select(error => error.Message).Distinct(StringComparer.Ordinal)];

            // Next to a word that is unknown, that a known one is missing says nothing.
            foreach (
                string message in messages.Where(message =>
                    messages.Length == 1 || !message.StartsWith("Required command", StringComparison.Ordinal)
                )
            )
            {
                await console.Error.WriteLineAsync(message);
            }
            await console.Error.WriteLineAsync($"See {PathOf(parsed.CommandResult)} --help.");
            return BadUsage;
        }

        try
        {
            InvocationConfiguration invocation = new()
            {
                Output = console.Out,
                Error = console.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Success;
        }
#pragma warning disable CA1031 // The outermost place: nothing may end in an unhandled exception.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            await ErrorReport.WriteAsync(failure, parsed.GetValue(CommonOptions.Verbose), console.Error);
            return failure is CliException mistake ? mistake.ExitCode : Failure;
        }
    }

    /// <summary>The words that name a command, from the program on: <c>./run dlq list</c>.</summary>
    private static string PathOf(CommandResult result)
    {
        string path = result.Command.Name;
        for (SymbolResult? parent = result.Parent; parent is CommandResult outer; parent = outer.Parent)
        {
            path = outer.Command.Name + " " + path;
        }
        return path;
    }
}
