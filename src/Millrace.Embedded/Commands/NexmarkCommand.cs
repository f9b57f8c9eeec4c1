using System.CommandLine;
using System.Globalization;
using Millrace.Api;
using Millrace.Embedded.Cli;
using Millrace.Samples.Nexmark;

namespace Millrace.Embedded.Commands;

/// <summary>Measures the queries of the Nexmark benchmark.</summary>
internal sealed class NexmarkCommand : ICliCommand
{
    private const string Prefix = "nexmark-";
    private const string PatternPrefix = "cep-";
    private const long WarmUpEvents = 500_000;

    private readonly Option<string?> _queries = new("--query") { Description = "Queries to run: q5,q7,cep-q0. Default: all.", HelpName = "q,q" };

    private readonly Option<long> _events = new Option<long>("--events") { Description = "Events per run.", DefaultValueFactory = static _ => 2_000_000, HelpName = "n" }.From(1_000, 10_000_000_000);

    private readonly Option<int> _parallelism = new Option<int>("--parallelism") { Description = "Tasks per operator and parts of the source.", DefaultValueFactory = static _ => 1, HelpName = "n" }.From(1, 128);

    private readonly Option<int> _runs = new Option<int>("--runs") { Description = "Runs per query after a warm-up; the one with the median rate per core is shown.", DefaultValueFactory = static _ => 3, HelpName = "n" }.From(1, 100);

    public Command Create(CliConsole console)
    {
        Command command = new("nexmark", "Measure the queries of the Nexmark benchmark: events made in memory, exactly-once checkpoints every second, results discarded.");
        command.Add(_queries);
        command.Add(_events);
        command.Add(_parallelism);
        command.Add(_runs);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, console, cancellationToken));
        return command;
    }

    private static IReadOnlyList<IStreamJob> Choose(string? queries)
    {
        IStreamJob[] all =
        [
            .. typeof(NexmarkJob).Assembly.GetTypes()
                .Where(type => !type.IsAbstract && type.IsSubclassOf(typeof(NexmarkJob)))
                .Select(type => (IStreamJob)Activator.CreateInstance(type)!)
                .OrderBy(job => QueryOf(job).StartsWith(PatternPrefix, StringComparison.Ordinal))
                .ThenBy(job => int.Parse(QueryOf(job).AsSpan(QueryOf(job).IndexOf('q', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture)),
        ];
        if (queries is null) return all;
        return
        [
            .. queries.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(query =>
                Array.Find(all, job => string.Equals(QueryOf(job), query, StringComparison.OrdinalIgnoreCase))
                ?? throw new CliException($"--query names '{query}', expected {string.Join(", ", all.Select(QueryOf))}.")),
        ];
    }

    private static string QueryOf(IStreamJob job) => job.Name[Prefix.Length..];

    private static string Row(string query, NexmarkMeasurement run)
    {
        double? reference = NexmarkReference.Of(query);
        string flink = reference is { } rate ? string.Create(CultureInfo.InvariantCulture, $"{rate / 1_000:0}k | {run.RecordsPerCoreSecond / rate:0.0}x") : "- | -";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{query} | {run.RecordsPerSecond / 1_000:0}k | {run.RecordsPerCoreSecond / 1_000:0}k | {run.BytesPerRecord:0.0} | {run.Metrics.RecordsOut} | {run.Metrics.LastCheckpointDuration.TotalMilliseconds:0.0} ms | {run.Metrics.LastCheckpointSize / 1e6:0.000} MB | {run.Metrics.FailedCheckpoints} | {flink}");
    }

    private async Task<int> RunAsync(ParseResult parsed, CliConsole console, CancellationToken cancellationToken)
    {
        IReadOnlyList<IStreamJob> jobs = Choose(parsed.GetValue(_queries));
        long events = parsed.GetValue(_events);
        int parallelism = parsed.GetValue(_parallelism);
        int runs = parsed.GetValue(_runs);
        await console.Out.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"{events} events, parallelism {parallelism}, median of {runs} run(s) after a warm-up, {Environment.ProcessorCount} processors. Rates count events at the source and include the work of making them."));
        await console.Out.WriteLineAsync("query | records/s | records/s per core | bytes/record | results | last checkpoint | its size | failed checkpoints | Flink per core | ratio");
        await console.Out.WriteLineAsync("--- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---:");
        foreach (IStreamJob job in jobs)
        {
            await NexmarkMeasurement.RunAsync(job, Math.Min(events, WarmUpEvents), parallelism, cancellationToken);
            List<NexmarkMeasurement> measured = [];
            for (int run = 0; run < runs; run++) measured.Add(await NexmarkMeasurement.RunAsync(job, events, parallelism, cancellationToken));
            measured.Sort(static (left, right) => left.RecordsPerCoreSecond.CompareTo(right.RecordsPerCoreSecond));
            await console.Out.WriteLineAsync(Row(QueryOf(job), measured[measured.Count / 2]));
            await console.Out.FlushAsync(cancellationToken);
        }

        await console.Out.WriteLineAsync("Latency is not measured. Flink's figures are published ones, from other machines, with state in RocksDB.");
        return CliApplication.Success;
    }
}
