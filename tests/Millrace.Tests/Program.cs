using Millrace.Tests.Checkpoints;

namespace Millrace.Tests;

/// <summary>Lets the test assembly be started as a process that a test kills.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => args is [CrashingWriter.Command, var directory] ? CrashingWriter.RunAsync(directory) : Task.FromResult(1);
}
