using System.Globalization;
using Microsoft.Azure.Functions.Worker;

namespace Millrace.Benchmarks.Functions;

/// <summary>
/// What a batch of an entity costs by the number of keys that its task keeps: <c>functions keys [batches] [keys per task]...</c>. Each
/// batch has 1,000 records of 1,000 keys, and a count per key. From <c>KafkaRecord[]</c> to the JSON text of signals (source), and from
/// there to that of the entity's state.
/// </summary>
internal static class KeysBenchmark
{
    public const int Touched = 1_000;
    private const int Runs = 3;
    private const int Loaded = 10_000;

    public static async Task<int> RunAsync(string[] args)
    {
        int[] numbers = [.. args.Select(arg => int.Parse(arg, NumberStyles.AllowThousands, CultureInfo.InvariantCulture))];
        int batches = numbers.Length > 0 ? numbers[0] : 400;
        int[] sizes = numbers.Length > 1 ? numbers[1..] : [1_000, 100_000, 1_000_000];
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"One task, {batches} batches of {Touched:N0} records of {Touched:N0} keys, median of {Runs} runs; everything in memory."
            )
        );
        Console.WriteLine(
            "keys per task | CPU ms per batch: source | entity | both | of the first | KB allocated per batch | seconds until loaded"
        );
        double first = 0;
        foreach (int keys in sizes)
        {
            // Until the compiler has seen enough of it, code runs at half its speed.
            await MeasureAsync(Touched, batches);
            await MeasureAsync(Touched, batches);
            List<(double Both, double Source, double Kilobytes, double Load)> runs = [];
            for (int i = 0; i < Runs; i++)
            {
                runs.Add(await MeasureAsync(keys, batches));
            }

            (double both, double source, double kilobytes, double load) = runs.Order().ElementAt(Runs / 2);
            first = first == 0 ? both : first;
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{keys:N0} | {source:F2} | {both - source:F2} | {both:F2} | {both / first:F2} | {kilobytes:N0} | {load:F1}"
                )
            );
        }

        return 0;
    }

    private static async Task<(double Both, double Source, double Kilobytes, double Load)> MeasureAsync(int keys, int batches)
    {
        await using Worker worker = await Worker.StartAsync(new CountsJob(), partitions: 1);
        Readings readings = new(partitions: 1, keys) { InTurn = Touched };
        Cost load = new();
        await load.AddAsync(async () =>
        {
            for (int done = 0; done < keys; done += Loaded)
            {
                await worker.DeliverAsync(readings.Next(Math.Min(Loaded, keys)));
                await worker.RunEntitiesAsync();
            }
        });

        // What the load has left young is not the batches' to move.
        GC.Collect();
        (Cost source, Cost entity) = (new Cost(), new Cost());
        for (int i = 0; i < batches; i++)
        {
            KafkaRecord[] batch = readings.Next(Touched);
            await source.AddAsync(() => worker.DeliverAsync(batch));
            await entity.AddAsync(worker.RunEntitiesAsync);
        }

        return (
            (source.CpuSeconds + entity.CpuSeconds) * 1000 / batches,
            source.CpuSeconds * 1000 / batches,
            (source.AllocatedBytes + entity.AllocatedBytes) / 1024.0 / batches,
            load.CpuSeconds
        );
    }
}
