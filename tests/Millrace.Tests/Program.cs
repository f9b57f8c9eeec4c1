using Millrace.Tests.Checkpoints;
using Millrace.Tests.Connectors;

namespace Millrace.Tests;

/// <summary>Lets the test assembly be started as a process that a test kills.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) =>
        args switch
        {
            [CrashingWriter.Command, var directory] => CrashingWriter.RunAsync(directory),
            [FileWriter.Command, var directory] => FileWriter.RunAsync(directory),
            _ => Task.FromResult(1),
        };
}
