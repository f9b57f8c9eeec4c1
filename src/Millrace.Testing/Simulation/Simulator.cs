using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>
/// Runs the function app's whole protocol in one thread and one seed: a Kafka topic with its consumer group, durable entities, blobs, sinks,
/// processes that die, stand still and come back. The judge is the undisturbed run of the same input: same final state; from
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
        var shape = SimulationShape.Of(options);
        var undisturbed = new SimRun(
            shape, options.Seed, new SimFaults(options.Seed, [], 0, null), ProtocolGuards.All, keepsTrace: false).Execute();
        if (undisturbed.Failure is { } broken)
        {
            throw new InvalidOperationException($"Seed {options.Seed}: the undisturbed run failed, so there is nothing to compare with: {broken}");
        }

        var outcome = Execute(options, shape, null, keepsTrace: false);
        var failure = outcome.Differs(undisturbed, shape.Sink);
        if (failure is not null)
        {
            var faults = options.Shrinks ? Shrink(options, shape, undisturbed, outcome.Injected) : outcome.Injected;
            outcome = Execute(options, shape, faults, keepsTrace: true);
            failure = outcome.Differs(undisturbed, shape.Sink);
        }

        return new SimulationResult
        {
            Seed = options.Seed,
            Description = Describe(shape),
            Failure = failure,
            Faults = outcome.Injected,
            Observed = outcome.Observed,
            Trace = outcome.Trace,
            VirtualTime = outcome.VirtualTime,
            Steps = outcome.Steps,
        };
    }

    private static SimOutcome Execute(SimulationOptions options, SimulationShape shape, IReadOnlyList<InjectedFault>? only, bool keepsTrace)
    {
        var faults = new SimFaults(options.Seed, options.Faults, options.Intensity, only?.ToHashSet());
        return new SimRun(shape, options.Seed, faults, (ProtocolGuards)options.Guards, keepsTrace).Execute();
    }

    private static IReadOnlyList<InjectedFault> Shrink(
        SimulationOptions options, SimulationShape shape, SimOutcome undisturbed, IReadOnlyList<InjectedFault> faults) => FaultShrinker.Shrink(
            faults, MaxShrinkRuns, candidate => Execute(options, shape, candidate, keepsTrace: false).Differs(undisturbed, shape.Sink) is not null);

    private static string Describe(SimulationShape shape) => FormattableString.Invariant(
        $"{shape.Records} records, {shape.Partitions} partitions{(shape.AddsPartition ? " + 1" : "")}, {shape.FirstParallelism} -> {shape.SecondParallelism} tasks, {(shape.SendsAggregates ? "pre-aggregated" : "raw")}, {shape.Sink} sinks{(shape.HasLargeRecords ? ", large records" : "")}{(shape.HasOffsetGaps ? ", offset gaps" : "")}");
}
