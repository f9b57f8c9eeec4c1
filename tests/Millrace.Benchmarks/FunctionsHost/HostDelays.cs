using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using Confluent.Kafka;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Functions.Tests.RealHost;
using Millrace.Kafka;
using Millrace.Samples.Traffic;

namespace Millrace.Benchmarks.FunctionsHost;

/// <summary>
/// How late results of the function app are when its hosts die or come, and whether they are right:
/// <c>functions-host delays [events] [lines/s per partition] [seconds between events]</c>; <c>15 500 120</c>, which is
/// <c>functions-soak</c>, takes half an hour.
/// <c>log-analysis</c> with exactly-once sinks and windows of 2 s reads lines of now. A result is late by the time from its window's end,
/// and the second that its lines may be out of order, to its arrival at a committed reader. After each event the slowest result counts,
/// until results have been on time again for 10 s.
/// </summary>
internal static class HostDelays
{
    private const string Job = FunctionsHostBenchmark.Job;
    private const int Partitions = FunctionsHostBenchmark.Partitions;
    private static readonly TimeSpan OnTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(6);

    public static async Task<int> RunAsync(string storage, string[] args)
    {
        int events = Number(args, 0, 20);
        int linesPerSecond = Number(args, 1, 500);
        TimeSpan between = TimeSpan.FromSeconds(Number(args, 2, 0));
        await using global::Millrace.DevBroker.DevBroker broker = await global::Millrace.DevBroker.DevBroker.StartAsync(
            FunctionsHostBenchmark.BrokerOptions()
        );
        // As the app's own host.json and defaults have it, unlike tests, which are in a hurry.
        HostSetup setup = new(storage, broker.BootstrapServers, Job)
        {
            Settings =
            {
                [$"{Job}:guarantee"] = "ExactlyOnce",
                [$"{Job}:window-seconds"] = "2",
                [$"{Job}:out-of-orderness-seconds"] = "1",
                ["Millrace:TickSchedule"] = "*/5 * * * * *",
                ["Millrace:RepairTimeoutSeconds"] = "300",
                ["Millrace:ResendTimeoutSeconds"] = "5",
                ["AzureFunctionsJobHost:extensions:durableTask:storageProvider:maxQueuePollingInterval"] = "00:00:01",
                ["AzureFunctionsJobHost:extensions:kafka:sessionTimeoutMs"] = "10000",
            },
        };
        using CancellationTokenSource ending = new();
        using CancellationTokenSource enough = new();
        Task<long> feeding = Task.Run(() => FeedAsync(broker.BootstrapServers, Partitions * linesPerSecond, enough.Token));
        using Arrivals arrivals = new(broker.BootstrapServers, ending.Token);
        List<HostProcess> hosts = [];
        List<double> slowest = [];
        try
        {
            hosts.Add(await HostProcess.StartAsync(setup));
            await arrivals.WaitUntilOnTimeAsync();
            Console.WriteLine($"{linesPerSecond} lines/s in each of {Partitions} partitions; undisturbed: {arrivals.Describe()}");
            Console.WriteLine("event | slowest result, s late | on time again after, s");
            for (int i = 0; i < events; i++)
            {
                if (arrivals.Slowest > OnTime)
                {
                    Console.WriteLine(
                        string.Create(CultureInfo.InvariantCulture, $"nothing, meanwhile | {arrivals.Slowest.TotalSeconds:0.0} |")
                    );
                }

                arrivals.Begin();
                long start = TimeProvider.System.GetTimestamp();
                string what = await StrikeAsync(i, setup, hosts);
                await arrivals.WaitUntilOnTimeAsync();
                double after = TimeProvider.System.GetElapsedTime(start).TotalSeconds - Quiet.TotalSeconds;
                slowest.Add(arrivals.Slowest.TotalSeconds);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what} | {slowest[^1]:0.0} | {after:0.0}"));
                arrivals.Begin();
                TimeSpan left = between - TimeProvider.System.GetElapsedTime(start);
                await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, TimeProvider.System);
            }

            slowest.Sort();
            Console.WriteLine(
                string.Create(CultureInfo.InvariantCulture, $"median {slowest[slowest.Count / 2]:0.0} s, worst {slowest[^1]:0.0} s late")
            );
            await enough.CancelAsync();
            long lines = await feeding;
            await hosts[^1].WaitForRecordsAsync(Job, lines);
            await hosts[^1].DrainJobAsync(Job);
            return Check(broker.BootstrapServers, lines);
        }
        finally
        {
            await enough.CancelAsync();
            await ending.CancelAsync();
            await ((Task)feeding).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await FunctionsHostBenchmark.EndAsync(hosts, "delays");
        }
    }

    // There is one host again after every third event.
    private static async Task<string> StrikeAsync(int number, HostSetup setup, List<HostProcess> hosts)
    {
        switch (number % 3)
        {
            case 0:
                hosts[^1].KillHost();
                hosts[^1].KillWorker();
                hosts.Add(await HostProcess.StartAsync(setup));
                return "kill -9 of host and worker, another starts";
            case 1:
                hosts.Add(await HostProcess.StartAsync(setup));
                return "a second host joins";
            default:
                try
                {
                    await hosts[^2].DrainAsync();
                    return "SIGTERM of the first of two";
                }
                catch (TimeoutException)
                {
                    // As a platform does.
                    hosts[^2].KillHost();
                    hosts[^2].KillWorker();
                    return "SIGTERM of the first of two, which does not end: kill -9";
                }
        }
    }

    private static int Number(string[] args, int index, int otherwise) =>
        args.Length > index ? int.Parse(args[index], CultureInfo.InvariantCulture) : otherwise;

    // Each line is in one window, late, or a dead letter, and each window is there once.
    private static int Check(string brokers, long lines)
    {
        List<(string Start, long Requests)> windows =
        [
            .. Topics
                .Values(brokers, "access-log-totals")
                .Select(value =>
                {
                    using JsonDocument report = JsonDocument.Parse(value);
                    return (
                        report.RootElement.GetProperty("windowStart").GetString()!,
                        report.RootElement.GetProperty("requests").GetInt64()
                    );
                }),
        ];
        int doubled = windows.Count - windows.Select(window => window.Start).Distinct(StringComparer.Ordinal).Count();
        long late = Topics.Values(brokers, "access-log-late").Count;
        List<(string Value, string? Id)> letters = Topics.Read(brokers, "access-log-dead-letters", DeadLetterHeaders.Id);
        int unreadable = letters.Select(letter => letter.Id).Distinct(StringComparer.Ordinal).Count();
        long missing = lines - windows.Sum(window => window.Requests) - late - unreadable;
        Console.WriteLine(
            $"{lines} lines, {windows.Count} windows, {doubled} of them doubled; {late} lines late, {unreadable} dead letters, "
                + $"{letters.Count - unreadable} of them repeated; {missing} lines missing"
        );
        return doubled == 0 && missing == 0 ? 0 : 1;
    }

    private static async Task<long> FeedAsync(string brokers, int linesPerSecond, CancellationToken cancellationToken)
    {
        using IProducer<Null, string> producer = new ProducerBuilder<Null, string>(
            new ProducerConfig { BootstrapServers = brokers, LingerMs = 5 }
        ).Build();
        AccessLogTraffic traffic = new(seed: 3, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), linesPerSecond);
        long start = TimeProvider.System.GetTimestamp();
        long number = 0;
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(50));
        while (!cancellationToken.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync(CancellationToken.None);
            for (long due = (long)(TimeProvider.System.GetElapsedTime(start).TotalSeconds * linesPerSecond); number < due; number++)
            {
                producer.Produce(
                    new TopicPartition(FunctionsHostBenchmark.Input, (int)(number % Partitions)),
                    new Message<Null, string> { Value = traffic.LineAt(number) }
                );
            }
        }

        producer.Flush(TimeSpan.FromSeconds(30));
        return number;
    }

    /// <summary>When results arrive at a committed reader.</summary>
    private sealed class Arrivals : IDisposable
    {
        private readonly ConcurrentQueue<(DateTimeOffset At, TimeSpan Late)> _arrivals = new();
        private readonly Task _reading;

        public Arrivals(string brokers, CancellationToken cancellationToken) =>
            _reading = Task.Factory.StartNew(
                () => Read(brokers, cancellationToken),
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default
            );

        public TimeSpan Slowest => _arrivals.Select(arrival => arrival.Late).DefaultIfEmpty().Max();

        public void Begin() => _arrivals.Clear();

        public string Describe() =>
            string.Create(
                CultureInfo.InvariantCulture,
                $"median {_arrivals.Select(arrival => arrival.Late).Order().ElementAt(_arrivals.Count / 2).TotalSeconds:0.0} s late"
            );

        /// <summary>Returns when results have come for a while and none of them was late.</summary>
        public async Task WaitUntilOnTimeAsync()
        {
            long start = TimeProvider.System.GetTimestamp();
            using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(200));
            while (await timer.WaitForNextTickAsync())
            {
                DateTimeOffset now = TimeProvider.System.GetUtcNow();
                (DateTimeOffset At, TimeSpan Late)[] last = [.. _arrivals.Where(arrival => now - arrival.At < Quiet)];
                bool isSteady = TimeProvider.System.GetElapsedTime(start) > Quiet && last.Length > 2;
                if (isSteady && last.All(arrival => arrival.Late < OnTime) && now - last.Max(arrival => arrival.At) < OnTime)
                {
                    return;
                }

                if (TimeProvider.System.GetElapsedTime(start) > Deadline)
                {
                    throw new TimeoutException($"Results have not been on time again within {Deadline}.");
                }
            }
        }

        public void Dispose() => _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();

        private void Read(string brokers, CancellationToken cancellationToken)
        {
            ConsumerConfig config = new()
            {
                BootstrapServers = brokers,
                GroupId = "delays",
                AutoOffsetReset = AutoOffsetReset.Earliest,
                IsolationLevel = IsolationLevel.ReadCommitted,
                EnableAutoCommit = false,
                FetchWaitMaxMs = 20,
            };
            using IConsumer<Ignore, string> consumer = new ConsumerBuilder<Ignore, string>(config).Build();
            consumer.Assign(new TopicPartitionOffset("access-log-totals", 0, Offset.Beginning));
            while (!cancellationToken.IsCancellationRequested)
            {
                if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is not { Message: { } message })
                {
                    continue;
                }

                using JsonDocument report = JsonDocument.Parse(message.Value);
                DateTimeOffset end = report.RootElement.GetProperty("windowEnd").GetDateTimeOffset();
                DateTimeOffset now = TimeProvider.System.GetUtcNow();
                _arrivals.Enqueue((now, now - end - TimeSpan.FromSeconds(1)));
            }
        }
    }
}
