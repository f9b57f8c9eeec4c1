using Millrace.Embedded.Cli;

namespace Millrace.Embedded;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using Shutdown shutdown = new();
        return await CliApplication.RunAsync(args, new CliConsole(Console.Out, Console.Error, !Console.IsOutputRedirected), shutdown.Token);
    }
}
