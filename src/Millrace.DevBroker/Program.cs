namespace Millrace.DevBroker;

internal static class Program
{
    private static Task<int> Main(string[] args) => DevBrokerProcess.RunAsync(args, Console.Out, Console.Error);
}
