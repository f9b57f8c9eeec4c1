using System.Globalization;
using Millrace.Connectors;
using Millrace.Durable.Protocol;

namespace Millrace.Testing.Simulation;

/// <summary>
/// Runs the function app's own engine in one thread and one seed, on simulated parts: a Kafka topic with its consumer group and trigger,
/// durable entities, blobs, sinks, and processes that die, stand still and come back. The judge is a plain computation over the input; of a
/// given job, whose meaning the simulator does not know, the undisturbed run. From <see cref="SimulatedSink.ExactlyOnce"/> sinks the same
/// records; from <see cref="SimulatedSink.AtLeastOnce"/> sinks none lost, and duplicates with the same id.
/// </summary>
public static class Simulator
{
    private const int MaxShrinkRuns = 150;

    /// <summary>Runs one seed. A pure function of its options.</summary>
    public static SimulationResult Run(SimulationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Intensity, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Intensity, 20);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Records ?? 1, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Records ?? 1, 100_000);
        SimulationShape shape = SimulationShape.Of(options);
        SimRandom random = new(SimRandom.Mix(options.Seed ^ 0x1A9D7));
        Case simulated = options.Subject is { } subject ? CaseOf(subject, shape, random) : CaseOf(shape, random);
        IReadOnlyList<(string Sink, string Content)> expected = simulated.Expected ?? Undisturbed(options.Seed, simulated);
        SimOutcome outcome = simulated.Execute(options, only: null, keepsTrace: false);
        string? failure = outcome.Differs(expected, simulated.GuaranteeOf);
        if (failure is not null)
        {
            IReadOnlyList<InjectedFault> faults = options.Shrinks
                ? FaultShrinker.Shrink(
                    outcome.Injected,
                    MaxShrinkRuns,
                    candidate =>
                        simulated.Execute(options, candidate, keepsTrace: false).Differs(expected, simulated.GuaranteeOf) is not null
                )
                : outcome.Injected;
            outcome = simulated.Execute(options, faults, keepsTrace: true);
            failure = outcome.Differs(expected, simulated.GuaranteeOf);
        }

        return new SimulationResult
        {
            Seed = options.Seed,
            Intensity = options.Intensity,
            Description = simulated.Description,
            Failure = failure,
            Faults = outcome.Injected,
            Observed = outcome.Observed,
            Output = outcome.Output,
            Trace = outcome.Trace,
            VirtualTime = outcome.VirtualTime,
            Steps = outcome.Steps,
        };
    }

    /// <summary>
    /// Runs the seeds <c>[options.Seed, options.Seed + count)</c>, with intensities from a third of the given one to four times it.
    /// </summary>
    /// <param name="options">What to simulate.</param>
    /// <param name="count">The number of seeds, at least 1.</param>
    /// <param name="maxFailures">Stops after so many failures, at least 1.</param>
    /// <param name="progress">Called after each run.</param>
    /// <param name="cancellationToken">Stops between two runs; the report then tells of the runs until then.</param>
    public static SimulationReport Explore(
        SimulationOptions options,
        int count,
        int maxFailures = 1,
        Action<SimulationResult>? progress = null,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxFailures, 1);
        SimulationReport report = new();
        for (int i = 0; i < count && report.Failures.Count < maxFailures && !cancellationToken.IsCancellationRequested; i++)
        {
            double factor = (i % 4) switch
            {
                0 => 0.3,
                1 => 1,
                2 => 2,
                _ => 4,
            };
            SimulationResult result = Run(
                options with
                {
                    Seed = options.Seed + (ulong)i,
                    Intensity = Math.Min(20, options.Intensity * factor),
                }
            );
            report.Add(result);
            progress?.Invoke(result);
        }

        return report;
    }

    private static IReadOnlyList<(string Sink, string Content)> Undisturbed(ulong seed, Case simulated)
    {
        SimulationOptions calm = new()
        {
            Seed = seed,
            Faults = [],
            Intensity = 0,
        };
        SimOutcome outcome = simulated.Execute(calm, only: null, keepsTrace: false);
        return outcome.Failure is { } broken
            ? throw new InvalidOperationException($"Seed {seed}: the undisturbed run failed, so there is nothing to compare with: {broken}")
            : outcome.Contents(simulated.GuaranteeOf);
    }

    private static Case CaseOf(SimulationShape shape, SimRandom random)
    {
        IReadOnlyList<SimItem> items = SimWorkload.Of(shape, random);
        return new Case(
            shape,
            () =>
                new SimJob(
                    process => new WindowedSumJob(shape, () => process?.OnRecord(), process?.HasReversedTopics == true),
                    configuration: null,
                    topic => Enumerable.Range(0, shape.Partitions).Count(each => WindowedSumJob.TopicOf(each % shape.Topics) == topic)
                )
                {
                    IsOwn = true,
                    IsDrained = shape.IsDrained,
                },
            items,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{shape.Records} records, {shape.Partitions} partitions{(shape.AddsPartition ? " + 1" : "")}, {shape.FirstParallelism} -> "
                    + $"{shape.SecondParallelism} tasks, {(shape.SendsAggregates ? "pre-aggregated" : "raw")}, {shape.Sink} "
                    + $"sinks{(shape.HasLargeRecords ? ", large records" : "")}{(shape.HasOffsetGaps ? ", offset gaps" : "")}"
                    + $"{(shape.Topics > 1 ? ", two topics" : "")}{(shape.StartsAtLatest ? ", from the end" : "")}"
                    + $"{(shape.IsDrained ? ", drained" : "")}{(shape.Filters ? ", filtered" : "")}"
                    + $"{(shape.HasHotKey ? ", hot key" : "")}{(shape.HasHotPartition ? ", hot partition" : "")}"
            )
        )
        {
            Expected =
            [
                .. WindowedSumJob
                    .Expected(items.Select(static item => item.Raw).OfType<RawRecord>(), shape)
                    .SelectMany(static sink => sink.Value, static (sink, content) => (sink.Key, content)),
            ],
        };
    }

    private static Case CaseOf(SimulationSubject subject, SimulationShape shape, SimRandom random)
    {
        int PartitionsOf(string topic) =>
            subject.Input.Where(record => record.Topic == topic).Select(static record => record.Partition + 1).DefaultIfEmpty(1).Max();
        SimJob Create() => new(_ => subject.Job, subject.Configuration, PartitionsOf) { IsDrained = true };
        SimJob job = Create();
        return new Case(
            shape with
            {
                Topics = 1,
                StartsAtLatest = false,
            },
            Create,
            SimWorkload.Of(job, subject.Input, shape.HasOffsetGaps, random),
            string.Create(
                CultureInfo.InvariantCulture,
                $"job '{job.Name}', {subject.Input.Count} records, {job.Partitions.Count} "
                    + $"partitions{(shape.HasOffsetGaps ? ", offset gaps" : "")}"
            )
        );
    }

    // What a seed simulates, however often: with all its faults, with some, with none.
    private sealed record Case(SimulationShape Shape, Func<SimJob> CreateJob, IReadOnlyList<SimItem> Items, string Description)
    {
        private readonly SimJob _job = CreateJob();

        // Null: what comes when nothing is disturbed.
        public IReadOnlyList<(string Sink, string Content)>? Expected { get; init; }

        public SimulatedSink GuaranteeOf(string sink) => _job.GuaranteeOf(sink);

        public SimOutcome Execute(SimulationOptions options, IReadOnlyList<InjectedFault>? only, bool keepsTrace)
        {
            SimFaults faults = new(options.Seed, options.Faults, options.Intensity, only?.ToHashSet());
            return new SimRun(Shape, CreateJob(), Items, options.Seed, faults, (ProtocolGuards)options.Guards, keepsTrace).Execute();
        }
    }
}
