using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Operators;
using Millrace.State;
using Millrace.Tests.Durable;
using Millrace.Tests.State;
using Millrace.Time;

namespace Millrace.Benchmarks.Restores;

/// <summary>
/// <c>restore [keys]...</c>: how long tasks take to write their state and to read it again, operator by operator, rescaled, and on the
/// function app.
/// </summary>
internal static class RestoreBenchmark
{
    private const int Runs = 3;
    private static readonly DurableServices Services = new(TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);

    public static int Run(string[] args)
    {
        int[] counts =
            args.Length == 0
                ? [100_000, 1_000_000]
                : [.. args.Select(arg => int.Parse(arg, NumberStyles.AllowThousands, CultureInfo.InvariantCulture))];
        Console.WriteLine($"State of so many keys of 8 bytes, in memory, one task if nothing else is said, best of {Runs} runs.");
        Console.WriteLine("what | keys | MB | write, s | restore, s | restore, ns per key | probes per key");
        foreach (int keys in counts)
        {
            foreach (RestoreCase restore in RestoreCase.All)
            {
                byte[] part = [];
                double write = Best(() =>
                {
                    using StreamOperator filled = restore.Restore([part.Length == 0 ? part = restore.Write(keys) : part]);
                    return Seconds(() => RestoreCase.Snapshot(filled));
                });
                Print(restore.Name, keys, [part], write, parts => restore.Restore(parts));
            }

            RestoreCase values = RestoreCase.All[0];
            Print(
                "a value per key, 4 tasks to 1",
                keys,
                [.. Enumerable.Range(0, 4).Select(task => values.Write(keys, task, 4))],
                null,
                parts => values.Restore(parts)
            );
            Print(
                "a value per key, 1 task to the first of 4",
                keys,
                [values.Write(keys)],
                null,
                parts => values.Restore(parts, task: 0, parallelism: 4),
                share: 0.25
            );
            PrintFunctionApp(keys, values.Write(keys));
        }

        return 0;
    }

    private static void PrintFunctionApp(int keys, byte[] part)
    {
        StreamExecutionEnvironment env = new();
        env.SetParallelism(1);
        env.FromSource(new TextSource(), WatermarkStrategy<Click>.NoWatermarks())
            .Map(click => click.Time)
            .KeyBy(time => time)
            .Reduce((left, right) => left + right)
            .WithUid(RestoreCase.Uid)
            .SinkTo(new TextSink<long>())
            .WithUid("results");
        DurableJobPlan plan = new(env.GetJobGraph("restores"), "restores#1");
        Stage stage = plan.KeyedStages[0];
        KeyedTaskOptions options = plan.OptionsOf(stage, 0);
        CheckpointManifest manifest = new(
            CheckpointManifest.CurrentVersion,
            "restores",
            1,
            1,
            CheckpointKind.Savepoint,
            DateTimeOffset.UnixEpoch,
            RestoreCase.MaxParallelism,
            []
        );
        RestoredCheckpoint savepoint = new(manifest, "savepoint", [new TaskSnapshotReader(part, "part")]);
        using DurableTaskLogic first = new(plan, stage, 0, Services);
        first.Restore(savepoint);
        byte[] state = new KeyedTask(options, first, state: default).Save();
        Print(
            "a savepoint on the function app",
            keys,
            [part],
            null,
            _ =>
            {
                DurableTaskLogic logic = new(plan, stage, 0, Services);
                logic.Restore(savepoint);
                return logic;
            }
        );
        Print(
            "a batch of operations on the function app",
            keys,
            [state],
            Best(() => Seconds(() => new KeyedTask(options, first, state: default).Save())),
            _ =>
            {
                DurableTaskLogic logic = new(plan, stage, 0, Services);
                GC.KeepAlive(new KeyedTask(options, logic, state));
                return logic;
            }
        );
    }

    private static void Print(string what, int keys, byte[][] parts, double? write, Func<byte[][], IDisposable> restore, double share = 1)
    {
        long probes = 0;
        double seconds = Best(() =>
        {
            long before = RestoreProbes.OfThisThread;
            IDisposable? restored = null;
            double taken = Seconds(() => restored = restore(parts));
            probes = RestoreProbes.OfThisThread - before;
            restored!.Dispose();
            return taken;
        });
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{what} | {keys:N0} | {parts.Sum(part => (long)part.Length) / 1e6:F1} | {write:F3} | {seconds:F3} | "
                    + $"{seconds * 1e9 / (keys * share):F0} | {probes / (keys * share):F2}"
            )
        );
    }

    private static double Best(Func<double> run) =>
        Enumerable
            .Range(0, Runs)
            .Min(_ =>
            {
                GC.Collect();
                return run();
            });

    private static double Seconds(Action action)
    {
        long started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
