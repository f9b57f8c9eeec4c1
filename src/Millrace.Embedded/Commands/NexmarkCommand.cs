using System.CommandLine;
using System.Globalization;
using Millrace.Embedded.Cli;
using Millrace.Samples.Nexmark;

namespace Millrace.Embedded.Commands;

/// <summary>Measures the queries of the Nexmark benchmark.</summary>
internal sealed class NexmarkCommand : ICliCommand
{
    private const string Prefix = "nexmark-";
    private const string PatternPrefix = "cep-";
    private const long WarmUpEvents = 500_000;

    private readonly Option<string?> _queries = new("--query")
    {
        Description = "Queries to run: q5,q7,cep-q0. Default: all.",
        HelpName = "q,q",
    };

    private readonly Option<long> _events = new Option<long>("--events")
    {
        Description = "Events per run.",
        DefaultValueFactory = static _ => 2_000_000,
        HelpName = "n",
    }.From(1_000, 10_000_000_000);

    private readonly Option<int> _parallelism = new Option<int>("--parallelism")
    {
        Description = "Tasks per operator and parts of the source.",
        DefaultValueFactory = static _ => 1,
        HelpName = "n",
    }.From(1, 128);

    private readonly StateOptions _state = new();

    private readonly Option<int> _runs = new Option<int>("--runs")
    {
        Description = "Runs per query after a warm-up; the one with the median rate per core is shown.",
        DefaultValueFactory = static _ => 3,
        HelpName = "n",
    }.From(1, 100);

    private readonly Option<long> _eventsPerSecond = new Option<long>("--events-per-second")
    {
        Description =
            "Events per second of event time: how many share a window. How fast they come is not limited by it. The benchmark's guides "
            + "have 10000000 (first) and 100000 (second).",
        DefaultValueFactory = static _ => new NexmarkOptions().EventsPerSecond,
        HelpName = "n",
    }.From(1, 1_000_000_000);

    private readonly Option<TimeSpan?> _checkpointInterval = new("--checkpoint-interval")
    {
        Description = "From one checkpoint to the next. Default: 1s. The benchmark's guides have 3m (first) and 30s (second).",
        CustomParser = Durations.Parse,
        HelpName = "duration",
    };

    private readonly Option<int> _latencySeconds = new Option<int>("--latency-seconds")
    {
        Description = "How long to measure latencies at half of the query's rate; 0 = not at all.",
        DefaultValueFactory = static _ => 10,
        HelpName = "s",
    }.From(0, 3_600);

    public Command Create(CliConsole console)
    {
        Command command = new(
            "nexmark",
            "Measure the queries of the Nexmark benchmark: events made in memory, exactly-once checkpoints, results discarded."
        );
        command.Add(_queries);
        command.Add(_events);
        command.Add(_parallelism);
        _state.AddTo(command);
        command.Add(_runs);
        command.Add(_eventsPerSecond);
        command.Add(_checkpointInterval);
        command.Add(_latencySeconds);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, console, cancellationToken));
        return command;
    }

    private static IReadOnlyList<NexmarkJob> Choose(string? queries)
    {
        NexmarkJob[] all =
        [
            .. typeof(NexmarkJob)
                .Assembly.GetTypes()
                .Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(NexmarkJob)))
                .Select(type => (NexmarkJob)Activator.CreateInstance(type)!)
                .OrderBy(job => QueryOf(job).StartsWith(PatternPrefix, StringComparison.Ordinal))
                .ThenBy(job =>
                    int.Parse(QueryOf(job).AsSpan(QueryOf(job).IndexOf('q', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture)
                ),
        ];
        if (queries is null)
        {
            return all;
        }

        return
        [
            .. queries
                .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Select(query =>
                    Array.Find(all, job => string.Equals(QueryOf(job), query, StringComparison.OrdinalIgnoreCase))
                    ?? throw new CliException($"--query names '{query}', expected {string.Join(", ", all.Select(QueryOf))}.")
                ),
        ];
    }

    private static string QueryOf(NexmarkJob job) => job.Name[Prefix.Length..];

    private static string Latency(LatencyHistogram? latencies, double fraction) =>
        latencies?.Quantile(fraction) is { } latency
            ? string.Create(CultureInfo.InvariantCulture, $"{latency.TotalMilliseconds:0.0} ms")
            : "-";

    // Rates of different workloads stand beside each other and are not divided.
    private static string Row(string query, NexmarkMeasurement run, NexmarkLatencies? latencies, NexmarkSettings settings)
    {
        double? like = NexmarkReference.All.FirstOrDefault(reference => reference.IsLike(settings))?.Of(query);
        string ratio = like is { } published
            ? string.Create(CultureInfo.InvariantCulture, $"{run.RecordsPerCoreSecond / published:0.0}x")
            : "-";
        string flink = string.Join(
            " | ",
            NexmarkReference
                .All.Select(reference =>
                    reference.Of(query) is { } rate ? string.Create(CultureInfo.InvariantCulture, $"{rate / 1_000:0}k") : "-"
                )
                .Append(ratio)
        );
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{query} | {run.RecordsPerSecond / 1_000:0}k | {run.RecordsPerCoreSecond / 1_000:0}k | {run.BytesPerRecord:0.0} | "
                + $"{Latency(latencies?.Results, 0.5)} | {Latency(latencies?.Results, 0.99)} | {Latency(latencies?.Results, 0.999)} | "
                + $"{Latency(latencies?.Hiccups, 0.99)} | {run.Metrics.RecordsOut} | "
                + $"{run.Metrics.LastCheckpointDuration.TotalMilliseconds:0.0} ms | {run.Metrics.LastCheckpointSize / 1e6:0.000} MB | "
                + $"{run.Metrics.FailedCheckpoints} | {flink}"
        );
    }

    private async Task<int> RunAsync(ParseResult parsed, CliConsole console, CancellationToken cancellationToken)
    {
        IReadOnlyList<NexmarkJob> jobs = Choose(parsed.GetValue(_queries));
        long events = parsed.GetValue(_events);
        NexmarkSettings settings = new(
            parsed.GetValue(_eventsPerSecond),
            parsed.GetValue(_checkpointInterval) ?? TimeSpan.FromSeconds(1),
            parsed.GetValue(_parallelism),
            _state.Read(parsed)
        );
        int runs = parsed.GetValue(_runs);
        int latencySeconds = parsed.GetValue(_latencySeconds);
        await console.Out.WriteLineAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{events} events at {settings.EventsPerSecond} per second of event time, checkpoints every "
                    + $"{settings.CheckpointInterval.TotalSeconds} s, parallelism {settings.Parallelism}, state {settings.StateBackend}, "
                    + $"median of {runs} run(s) after a warm-up, {Environment.ProcessorCount} processors. Rates count events at the source "
                    + $"and include the work of making them."
            )
        );
        string references = string.Join(
            " | ",
            NexmarkReference.All.Select(reference =>
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{reference.Name} per core ({reference.EventsPerSecond / 1_000:0}k/s, {reference.CheckpointInterval.TotalSeconds} s)"
                )
            )
        );
        await console.Out.WriteLineAsync(
            "query | records/s | records/s per core | bytes/record | p50 at half load | p99 | p99.9 | hiccups p99 | results | last "
                + "checkpoint | its size | failed checkpoints | "
                + references
                + " | ratio"
        );
        await console.Out.WriteLineAsync(
            "--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---:"
        );
        foreach (NexmarkJob job in jobs)
        {
            await NexmarkMeasurement.RunAsync(job, Math.Min(events, WarmUpEvents), settings, cancellationToken);
            List<NexmarkMeasurement> measured = [];
            for (int run = 0; run < runs; run++)
            {
                measured.Add(await NexmarkMeasurement.RunAsync(job, events, settings, cancellationToken));
            }

            measured.Sort(static (left, right) => left.RecordsPerCoreSecond.CompareTo(right.RecordsPerCoreSecond));
            NexmarkMeasurement median = measured[measured.Count / 2];
            NexmarkLatencies? latencies =
                latencySeconds == 0
                    ? null
                    : await NexmarkLatency.RunAsync(
                        job,
                        QueryOf(job),
                        median.RecordsPerSecond / 2,
                        TimeSpan.FromSeconds(latencySeconds),
                        settings,
                        cancellationToken
                    );
            await console.Out.WriteLineAsync(Row(QueryOf(job), median, latencies, settings));
            await console.Out.FlushAsync(cancellationToken);
        }

        await console.Out.WriteLineAsync(
            "Latency counts from the time at which the event that brings a result about was due, at half of the query's rate; \"-\" = too "
                + "few results. Hiccups: how late a thread was that only waited. Flink's figures are published ones, "
                + "from other machines, with "
                + "state in RocksDB or ForSt, 100 and 200 million events; behind each the events per second of event "
                + "time and the checkpoint "
                + "interval. A ratio is given where a run has both."
        );
        return CliApplication.Success;
    }
}
