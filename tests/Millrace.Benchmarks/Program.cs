using Millrace.Benchmarks.DevBroker;

namespace Millrace.Benchmarks;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        switch (args.FirstOrDefault())
        {
            case "broker":
                return await BrokerBenchmarks.RunAsync(args[1..]);
            default:
                Console.Error.WriteLine("Say which benchmarks to run: broker");
                return 2;
        }
    }
}
