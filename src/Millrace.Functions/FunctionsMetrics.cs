using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Millrace.Functions.Jobs;

namespace Millrace.Functions;

/// <summary>What the app tells about its jobs, meter <c>Millrace</c>. Values are those of this process's last tick.</summary>
internal sealed class FunctionsMetrics : IHostedService
{
    private readonly JobRegistry _registry;
    private readonly TimeProvider _time;

    public FunctionsMetrics(IMeterFactory meters, JobRegistry registry, TimeProvider time)
    {
        _registry = registry;
        _time = time;
        Meter meter = meters.Create("Millrace");
        meter.CreateObservableGauge(
            "millrace.source.pending_records",
            Pending,
            "{record}",
            "Offsets of a source's partitions that are not committed yet."
        );
        meter.CreateObservableCounter(
            "millrace.source.records_ahead",
            Ahead,
            "{record}",
            "Records too far ahead of their partition or of the clock to move the watermark."
        );
        meter.CreateObservableGauge(
            "millrace.backpressure.tasks",
            Full,
            "{task}",
            "Tasks that hold so much output that the job's sources wait."
        );
        meter.CreateObservableGauge(
            "millrace.channel.stalled",
            Stalled,
            "s",
            "How long the channel that has stood still longest has done so; 0 = none does."
        );
        meter.CreateObservableGauge(
            "millrace.sink.waiting",
            Waiting,
            "s",
            "How long sinks have waited for what their tags name, such as a partition with too few replicas in sync."
        );
        meter.CreateObservableGauge("millrace.checkpoint.age", Age, "s", "Time since a ledger of the job moved or nothing was left to do.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private IEnumerable<Measurement<long>> Pending() =>
        _registry
            .Opened()
            .SelectMany(host =>
                host.Ticker.Status.GroupBy(status => status.Source, StringComparer.Ordinal)
                    .Select(source => new Measurement<long>(
                        source.Sum(status => status.Pending),
                        new("millrace.job", host.Plan.Graph.Name),
                        new("millrace.source", source.Key)
                    ))
            );

    private IEnumerable<Measurement<long>> Ahead() =>
        _registry
            .Opened()
            .SelectMany(host =>
                host.Plan.Sources.Select(source => new Measurement<long>(
                    host.Sources.RecordsAhead(source),
                    new("millrace.job", host.Plan.Graph.Name),
                    new("millrace.source", source.Uid)
                ))
            );

    private IEnumerable<Measurement<long>> Full() =>
        _registry
            .Opened()
            .Select(host => new Measurement<long>(
                host.BackPressure.Count,
                new KeyValuePair<string, object?>("millrace.job", host.Plan.Graph.Name)
            ));

    private IEnumerable<Measurement<double>> Stalled() =>
        _registry
            .Opened()
            .Select(host => new Measurement<double>(
                host.StallWatch.Stalls is { Count: > 0 } stalls ? (_time.GetUtcNow() - stalls.Min(stall => stall.Since)).TotalSeconds : 0,
                new KeyValuePair<string, object?>("millrace.job", host.Plan.Graph.Name)
            ));

    private IEnumerable<Measurement<double>> Waiting() =>
        _registry
            .Opened()
            .SelectMany(host =>
                host.Senders.Waiting()
                    .Select(wait => new Measurement<double>(
                        (_time.GetUtcNow() - wait.Since).TotalSeconds,
                        new("millrace.job", host.Plan.Graph.Name),
                        new("millrace.waiting.for", wait.Subject),
                        new("error.type", wait.Error)
                    ))
            );

    private IEnumerable<Measurement<double>> Age() =>
        _registry
            .Opened()
            .Where(host => host.Ticker.LastProgress is not null)
            .Select(host => new Measurement<double>(
                _time.GetElapsedTime(host.Ticker.LastProgress!.Value).TotalSeconds,
                new KeyValuePair<string, object?>("millrace.job", host.Plan.Graph.Name)
            ));
}
