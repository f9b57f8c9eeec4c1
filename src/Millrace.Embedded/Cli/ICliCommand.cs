using System.CommandLine;

namespace Millrace.Embedded.Cli;

/// <summary>One command of the command line, with its options and its action. Registered in <see cref="CliCommands"/>.</summary>
internal interface ICliCommand
{
    /// <summary>Declares the command.</summary>
    /// <param name="console">Where it writes.</param>
    Command Create(CliConsole console);
}
