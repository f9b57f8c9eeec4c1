using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Millrace.Benchmarks.DevBroker;
using Millrace.Benchmarks.Functions;
using Millrace.Benchmarks.FunctionsHost;
using Millrace.Benchmarks.Jobs;
using Millrace.Benchmarks.Kafka;
using Millrace.Benchmarks.Operators;
using Millrace.Benchmarks.Restores;
using Millrace.Benchmarks.States;

namespace Millrace.Benchmarks;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        try
        {
            return await RunAsync(args);
        }
        catch (Exception exception) when (exception is FormatException or OverflowException)
        {
            await Console.Error.WriteLineAsync(
                $"Benchmark '{args[0]}' cannot take {string.Join(' ', args[1..])}: {exception.Message} Expected numbers; its documentation "
                    + "comment and docs/benchmarks.md say which."
            );
            return 2;
        }
    }

    private static async Task<int> RunAsync(string[] args)
    {
        switch (args.FirstOrDefault())
        {
            case "broker":
                return await BrokerBenchmarks.RunAsync(args[1..]);
            case null:
                return await JobBenchmarks.RunJobsAsync([]);
            case "jobs":
                return await JobBenchmarks.RunJobsAsync(args[1..]);
            case "functions" when args.ElementAtOrDefault(1) == "keys":
                return await KeysBenchmark.RunAsync(args[2..]);
            case "functions":
                return await FunctionsBenchmark.RunAsync(args[1..]);
            case "functions-host":
                return await FunctionsHostBenchmark.RunAsync(args[1..]);
            case "functions-soak":
                return await FunctionsHostBenchmark.RunAsync(["delays", "15", "500", "120"]);
            case "kafka":
                return await KafkaBenchmarks.RunAsync(args[1..]);
            case "keys":
                return await JobBenchmarks.RunKeysAsync(args[1..]);
            case "operators":
                BenchmarkRunner.Run<KeyedOperatorBenchmarks>(
                    ManualConfig.Create(DefaultConfig.Instance).AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)),
                    args[1..]
                );
                return 0;
            case "patterns":
                BenchmarkRunner.Run<PatternBenchmarks>(
                    ManualConfig.Create(DefaultConfig.Instance).AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance)),
                    args[1..]
                );
                return 0;
            case "restore":
                return RestoreBenchmark.Run(args[1..]);
            case "soak":
                return await JobBenchmarks.RunSoakAsync(args[1..]);
            case "state":
                return await StateBenchmark.RunAsync(args[1..]);
            default:
                Console.Error.WriteLine(
                    $"There are no benchmarks '{args[0]}'; expected broker, functions, functions-host, functions-soak, jobs (the default), "
                        + "kafka, keys, operators, patterns, restore, soak or state."
                );
                return 2;
        }
    }
}
