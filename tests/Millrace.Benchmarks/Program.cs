using Millrace.Benchmarks.DevBroker;
using Millrace.Benchmarks.Jobs;
using Millrace.Benchmarks.Kafka;

namespace Millrace.Benchmarks;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        switch (args.FirstOrDefault())
        {
            case "broker":
                return await BrokerBenchmarks.RunAsync(args[1..]);
            case "jobs":
                return await JobBenchmarks.RunJobsAsync(args[1..]);
            case "kafka":
                return await KafkaBenchmarks.RunAsync(args[1..]);
            case "keys":
                return await JobBenchmarks.RunKeysAsync(args[1..]);
            case "soak":
                return await JobBenchmarks.RunSoakAsync(args[1..]);
            default:
                Console.Error.WriteLine("Say which benchmarks to run: broker | jobs | kafka | keys | soak");
                return 2;
        }
    }
}
