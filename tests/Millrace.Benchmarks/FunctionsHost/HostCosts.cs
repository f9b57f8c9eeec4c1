using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using Millrace.DevBroker;
using Millrace.Functions.Tests.RealHost;
using Millrace.Samples.Traffic;

namespace Millrace.Benchmarks.FunctionsHost;

/// <summary>
/// What the function app asks of the storage account, by kind of request: <c>functions-host costs [lines] [part of a case's name]</c>.
/// <c>log-analysis</c> reads an access log of 16 partitions with the app's own host.json and defaults. All lines become visible at once,
/// when a transaction ends, so that batches are full; they are fetched in small pieces, so that a batch has all partitions, as it has with
/// live traffic. First an idle minute is counted, and what it asks for is subtracted; then the lines,
/// until nothing is left to do for them.
/// </summary>
internal static partial class HostCosts
{
    private const string Job = FunctionsHostBenchmark.Job;
    private const int Partitions = 16;
    private const int WarmUp = 1_600;
    private const int LinesPerSecond = 100_000;
    private const double Million = 1_000_000;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1);
    private static readonly (string Name, string Ledgers, bool PreAggregates)[] Cases =
    [
        ("ledgers in blobs", "Blobs", false),
        ("ledgers in a table", "Tables", false),
        ("ledgers in a table, pre-aggregated", "Tables", true),
    ];

    public static async Task<int> RunAsync(string storage, string[] args)
    {
        int lines = args.Length > 0 ? int.Parse(args[0], NumberStyles.AllowThousands, CultureInfo.InvariantCulture) : 1_000_000;
        string part = args.ElementAtOrDefault(1) ?? "";
        foreach (
            (string name, string ledgers, bool preAggregates) in Cases.Where(each => each.Name.Contains(part, StringComparison.Ordinal))
        )
        {
            RequestCounts counts = new();
            List<CountingRelay> relays = [];
            string relayed = Endpoint()
                .Replace(
                    storage,
                    match =>
                    {
                        CountingRelay relay = new(match.Groups["service"].Value, int.Parse(match.Groups["port"].Value, null), counts.Add);
                        relays.Add(relay);
                        return match.Groups["before"].Value + relay.Port.ToString(CultureInfo.InvariantCulture);
                    }
                );
            try
            {
                await MeasureAsync(name, relayed, counts, lines, ledgers, preAggregates);
            }
            finally
            {
                foreach (CountingRelay relay in relays)
                {
                    await relay.DisposeAsync();
                }
            }
        }

        return 0;
    }

    private static async Task MeasureAsync(string name, string storage, RequestCounts counts, int lines, string ledgers, bool preAggregates)
    {
        DevBrokerOptions options = FunctionsHostBenchmark.BrokerOptions();
        options.Topics[FunctionsHostBenchmark.Input] = Partitions;
        await using global::Millrace.DevBroker.DevBroker broker = await global::Millrace.DevBroker.DevBroker.StartAsync(options);
        HostSetup setup = new(storage, broker.BootstrapServers, Job)
        {
            Settings =
            {
                [$"{Job}:pre-aggregate"] = preAggregates ? "true" : "false",
                ["Millrace:Ledgers"] = ledgers,
                ["Millrace:Parallelism"] = "4",
                ["Millrace:TickSchedule"] = "*/5 * * * * *",
                ["Millrace:RepairTimeoutSeconds"] = "300",
                ["Millrace:ResendTimeoutSeconds"] = "5",
                ["AzureFunctionsJobHost:extensions:kafka:maxPartitionFetchBytes"] = "65536",
                ["AzureFunctionsJobHost:extensions:durableTask:storageProvider:maxQueuePollingInterval"] = "00:00:01",
            },
        };
        HostProcess host = await HostProcess.StartAsync(setup);
        try
        {
            using IProducer<Null, string> producer = new ProducerBuilder<Null, string>(
                new ProducerConfig
                {
                    BootstrapServers = broker.BootstrapServers,
                    LingerMs = 5,
                    BatchSize = 16_384,
                    TransactionalId = "costs",
                    TransactionTimeoutMs = 600_000,
                    QueueBufferingMaxMessages = 10_000_000,
                }
            ).Build();
            producer.InitTransactions(TimeSpan.FromSeconds(30));

            // The job is opened, its partitions are taken over and its tasks are there: that is paid for once.
            Write(producer, 0, WarmUp);
            producer.CommitTransaction(TimeSpan.FromMinutes(1));
            await host.WaitForRecordsAsync(Job, WarmUp);
            Write(producer, WarmUp, lines);
            await Task.Delay(Settling, TimeProvider.System);
            RequestCounts.Snapshot before = counts.Take();
            await Task.Delay(IdleTime, TimeProvider.System);
            RequestCounts.Snapshot idle = counts.Take().Without(before);

            RequestCounts.Snapshot start = counts.Take();
            Stopwatch watch = Stopwatch.StartNew();
            producer.CommitTransaction(TimeSpan.FromMinutes(1));
            await host.WaitForRecordsAsync(Job, WarmUp + lines);
            TimeSpan read = watch.Elapsed;
            await Task.Delay(Settling, TimeProvider.System);
            TimeSpan elapsed = watch.Elapsed;
            RequestCounts.Snapshot all = counts.Take().Without(start);
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"\n{name}: {lines:n0} lines in {Partitions} partitions, read in {read.TotalSeconds:0} s"
                )
            );
            Print(idle, all.Without(idle.Times(elapsed.TotalSeconds / 60)).Times(Million / lines), all.Times(Million / lines));
        }
        finally
        {
            await FunctionsHostBenchmark.EndAsync([host], $"costs-{ledgers}{(preAggregates ? "-pre-aggregated" : "")}");
        }
    }

    private static void Write(IProducer<Null, string> producer, int from, int lines)
    {
        AccessLogTraffic traffic = new(seed: 3, baseTimeMs: 1_767_225_600_000, LinesPerSecond);
        producer.BeginTransaction();
        for (int i = from; i < from + lines; i++)
        {
            producer.Produce(
                new TopicPartition(FunctionsHostBenchmark.Input, i % Partitions),
                new Message<Null, string> { Value = traffic.LineAt(i) }
            );
        }

        producer.Flush(TimeSpan.FromMinutes(2));
    }

    private static void Print(RequestCounts.Snapshot idle, RequestCounts.Snapshot net, RequestCounts.Snapshot gross)
    {
        Console.WriteLine("whose | request | per million records | with polling and ticks | kB sent per million | per idle minute");
        foreach ((string Owner, string Kind) key in gross.Keys.Concat(idle.Keys).Distinct().Order())
        {
            Console.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{key.Owner} | {key.Kind} | {net.CountOf(key):n0} | {gross.CountOf(key):n0} | {net.BytesOf(key) / 1000:n0} | "
                        + $"{idle.CountOf(key):n0}"
                )
            );
        }

        double operations = Operations(net);
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"durable operations: {operations / 1000:0.00} per 1,000 records, {Operations(idle):n0} per idle minute"
            )
        );
    }

    // Each is a message that the hub's queues take.
    private static double Operations(RequestCounts.Snapshot counts) =>
        counts.CountOf((StorageRequest.Durable, "queue put, control queues"))
        + counts.CountOf((StorageRequest.Durable, "queue put, work items"));

    [GeneratedRegex(@"(?<before>(?<service>Blob|Queue|Table)Endpoint=http://[^/;]+:)(?<port>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Endpoint();
}
