using System.Globalization;
using Microsoft.Azure.Functions.Worker;

namespace Millrace.Benchmarks.Functions;

/// <summary>
/// The worker's part of a keyed, windowed, exactly-once job on Azure Functions: <c>functions [records] [devices] [partitions] [tasks]</c>.
/// From <c>KafkaRecord[]</c> to the JSON text of signals, and from there to the entity's state and encoded sink records, through the app's
/// own functions.
/// </summary>
internal static class FunctionsBenchmark
{
    public const string Topic = "readings";
    private const int Runs = 3;

    // Entities run side by side with triggers; here they get their turn after so many records.
    private const int RecordsPerTurn = 10_000;

    public static async Task<int> RunAsync(string[] args)
    {
        int records = Argument(args, 0, 1_000_000);
        int devices = Argument(args, 1, 1_000);
        int partitions = Argument(args, 2, 4);
        int tasks = Argument(args, 3, 4);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{records:N0} records of 100 bytes, {devices:N0} devices, {partitions} partitions, {tasks} tasks, windows of 10 s with "
                    + $"{Readings.PerSecond * 10:N0} records each, median of {Runs} runs; ledgers, signals and states in memory."
            )
        );
        // Until the compiler has seen enough of it, code runs at half its speed.
        for (int i = 0; i < Runs; i++)
        {
            await MeasureAsync(records, devices, partitions, tasks, RecordsPerTurn, preAggregates: false);
        }

        Console.WriteLine(
            "trigger batch, sends | thousand records/s per core: source | entity | both | bytes allocated per record: source | entity | "
                + "message p50, max, KB | message bytes per record | operations per 1,000 records | ledger "
                + "transactions per batch | largest state KB"
        );
        foreach (int batch in (int[])[1_000, 10_000])
        {
            foreach (bool preAggregates in (bool[])[false, true])
            {
                await MeasureAsync(records / 5, devices, partitions, tasks, batch, preAggregates);
                List<WorkerMeasurement> runs = [];
                for (int i = 0; i < Runs; i++)
                {
                    runs.Add(await MeasureAsync(records, devices, partitions, tasks, batch, preAggregates));
                }

                Console.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{batch:N0}, {(preAggregates ? "accumulators" : "records")} | {WorkerMeasurement.Median(runs)}"
                    )
                );
            }
        }

        return 0;
    }

    private static async Task<WorkerMeasurement> MeasureAsync(
        int records,
        int devices,
        int partitions,
        int tasks,
        int batchSize,
        bool preAggregates
    )
    {
        TotalsJob job = new(tasks, preAggregates);
        await using Worker worker = await Worker.StartAsync(job, partitions);
        Readings readings = new(partitions, devices);

        // The first tick names the partitions; without it no window would close.
        await worker.DeliverAsync(readings.Next(batchSize));
        await worker.TickAsync();
        await worker.RunEntitiesAsync();
        worker.Entities.Reset();
        long transactions = worker.LedgerTransactions;
        (Cost source, Cost entity) = (new Cost(), new Cost());
        int batches = 0;
        for (int done = 0; done < records; done += RecordsPerTurn)
        {
            KafkaRecord[][] turn = [.. Enumerable.Range(0, RecordsPerTurn / batchSize).Select(_ => readings.Next(batchSize))];
            batches += turn.Length;
            await source.AddAsync(async () =>
            {
                foreach (KafkaRecord[] batch in turn)
                {
                    await worker.DeliverAsync(batch);
                }
            });
            await entity.AddAsync(worker.RunEntitiesAsync);
        }

        // A window holds about as many devices, fewer where many devices have few readings.
        if (job.Sink.Records < Math.Min(devices, Readings.PerSecond * 10L) / 2 * ((records / (Readings.PerSecond * 10)) - 1))
        {
            throw new InvalidOperationException(
                $"Only {job.Sink.Records} results of {devices} devices came out of {records} records; windows did not close."
            );
        }

        return new WorkerMeasurement(
            records,
            source,
            entity,
            worker.Entities,
            (double)(worker.LedgerTransactions - transactions) / batches
        );
    }

    private static int Argument(string[] args, int index, int otherwise) =>
        args.Length > index ? int.Parse(args[index], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : otherwise;
}
