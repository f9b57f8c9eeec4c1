using System.Globalization;
using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>
/// Runs the function app's whole protocol in one thread and one seed: a Kafka topic with its consumer group, durable entities, blobs,
/// sinks, processes that die, stand still and come back. The judge is the undisturbed run of the same input: same final state; from
/// <see cref="SimulatedSink.ExactlyOnce"/> sinks the same records; from <see cref="SimulatedSink.AtLeastOnce"/> sinks none lost, and
/// duplicates with the same id.
/// </summary>
public static class Simulator
{
    private const int MaxShrinkRuns = 400;

    /// <summary>Runs one seed. A pure function of its options.</summary>
    public static SimulationResult Run(SimulationOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Intensity, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Intensity, 20);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Records ?? 1, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Records ?? 1, 100_000);
        SimulationShape shape = SimulationShape.Of(options);
        SimulatedJob job = new WindowedSumJob(shape);
        if (options.Subject is { } subject)
        {
            StreamJobSimulation given = new(subject);
            shape = shape with
            {
                Partitions = given.Partitions,
                Records = subject.Input.Count,
                AddsPartition = false,
                HasLargeRecords = false,
            };
            job = given;
        }

        SimOutcome undisturbed = new SimRun(
            shape,
            job,
            options.Seed,
            new SimFaults(options.Seed, [], 0, null),
            ProtocolGuards.All,
            keepsTrace: false
        ).Execute();
        if (undisturbed.Failure is { } broken)
        {
            throw new InvalidOperationException(
                $"Seed {options.Seed}: the undisturbed run failed, so there is nothing to compare with: {broken}"
            );
        }

        SimOutcome? outcome = Execute(options, shape, job, null, keepsTrace: false);
        string? failure = outcome.Differs(undisturbed, job.GuaranteeOf);
        if (failure is not null)
        {
            IReadOnlyList<InjectedFault> faults = options.Shrinks
                ? Shrink(options, shape, job, undisturbed, outcome.Injected)
                : outcome.Injected;
            outcome = Execute(options, shape, job, faults, keepsTrace: true);
            failure = outcome.Differs(undisturbed, job.GuaranteeOf);
        }

        return new SimulationResult
        {
            Seed = options.Seed,
            Intensity = options.Intensity,
            Description = Describe(shape, job),
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

    private static SimOutcome Execute(
        SimulationOptions options,
        SimulationShape shape,
        SimulatedJob job,
        IReadOnlyList<InjectedFault>? only,
        bool keepsTrace
    )
    {
        SimFaults faults = new(options.Seed, options.Faults, options.Intensity, only?.ToHashSet());
        return new SimRun(shape, job, options.Seed, faults, (ProtocolGuards)options.Guards, keepsTrace).Execute();
    }

    private static IReadOnlyList<InjectedFault> Shrink(
        SimulationOptions options,
        SimulationShape shape,
        SimulatedJob job,
        SimOutcome undisturbed,
        IReadOnlyList<InjectedFault> faults
    ) =>
        FaultShrinker.Shrink(
            faults,
            MaxShrinkRuns,
            candidate => Execute(options, shape, job, candidate, keepsTrace: false).Differs(undisturbed, job.GuaranteeOf) is not null
        );

    private static string Describe(SimulationShape shape, SimulatedJob job) =>
        job is StreamJobSimulation
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"job '{job.Name}', {shape.Records} records, {shape.Partitions} partitions{(shape.HasOffsetGaps ? ", offset gaps" : "")}"
            )
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{shape.Records} records, {shape.Partitions} partitions{(shape.AddsPartition ? " + 1" : "")}, {shape.FirstParallelism} -> "
                    + $"{shape.SecondParallelism} tasks, {(shape.SendsAggregates ? "pre-aggregated" : "raw")}, {shape.Sink} "
                    + $"sinks{(shape.HasLargeRecords ? ", large records" : "")}{(shape.HasOffsetGaps ? ", offset gaps" : "")}"
            );
}
