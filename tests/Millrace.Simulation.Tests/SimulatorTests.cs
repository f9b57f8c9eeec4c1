using System.Globalization;
using Millrace.Testing.Simulation;
using Xunit;
using Xunit.Abstractions;

namespace Millrace.Simulation.Tests;

public sealed class SimulatorTests(ITestOutputHelper output)
{
    /// <summary>More with MILLRACE_SIMULATION_SEEDS=10000; others with MILLRACE_SIMULATION_FIRST_SEED.</summary>
    [Fact]
    public void ShouldLoseAndDoubleNothing_WhenEverythingFails()
    {
        SimulationReport report = Simulator.Explore(
            new SimulationOptions { Seed = (ulong)Setting("MILLRACE_SIMULATION_FIRST_SEED", 0) },
            Setting("MILLRACE_SIMULATION_SEEDS", 500)
        );

        output.WriteLine(report.ToString());
        Assert.True(report.Failures.Count == 0, report.ToString());
        Assert.All(Enum.GetValues<SimulatedFault>(), fault => Assert.True(report.Faults.ContainsKey(fault), $"{fault} never happened."));
        Assert.All(report.Observed, pair => Assert.True(pair.Value > 0, $"'{pair.Key}' was never seen: the faults do not reach it."));
    }

    [Theory]
    [InlineData(SimulationGuards.Epoch)]
    [InlineData(SimulationGuards.Previous)]
    [InlineData(SimulationGuards.Plan)]
    [InlineData(SimulationGuards.DurableOutbox)]
    [InlineData(SimulationGuards.ReadBack)]
    [InlineData(SimulationGuards.OverlapFilter)]
    [InlineData(SimulationGuards.ProgressPosition)]
    [InlineData(SimulationGuards.SinkMarker)]
    [InlineData(SimulationGuards.Repair)]
    [InlineData(SimulationGuards.Acknowledge)]
    public void ShouldFindAFailure_WhenAGuardIsOff(SimulationGuards off)
    {
        SimulationReport report = Simulator.Explore(new SimulationOptions { Guards = SimulationGuards.All & ~off }, count: 1000);

        output.WriteLine(report.ToString());
        SimulationResult failure = Assert.Single(report.Failures);
        Assert.NotEmpty(failure.Trace);

        // Envelopes overtake each other without any fault.
        Assert.Equal(off == SimulationGuards.Previous, failure.Faults.Count == 0);
    }

    [Fact]
    public void ShouldGiveTheSameRun_WhenTheSeedIsTheSame()
    {
        SimulationOptions options = new()
        {
            Seed = 4,
            Guards = SimulationGuards.All & ~SimulationGuards.Plan,
            Intensity = 2,
        };

        (SimulationResult? first, SimulationResult? second) = (Simulator.Run(options), Simulator.Run(options));

        Assert.Equal(first.Steps, second.Steps);
        Assert.Equal(first.Faults, second.Faults);
        Assert.Equal(first.Trace, second.Trace);
        Assert.Equal(first.ToString(), second.ToString());
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(true, 3)]
    public void ShouldAddUpStageByStage_WhateverHappens(bool preAggregates, double intensity)
    {
        SimulationResult result = Simulator.Run(
            new SimulationOptions
            {
                Seed = 77,
                PreAggregates = preAggregates,
                Sink = SimulatedSink.ExactlyOnce,
                Intensity = intensity,
                Records = 200,
            }
        );

        Assert.True(result.Passed, result.ToString());
        long[][] byKey = result
            .Output.Where(static record => record.Sink == "by-key")
            .Select(static record => Cell(record.Content))
            .ToArray();
        long[][] totals = result
            .Output.Where(static record => record.Sink == "totals")
            .Select(static record => Cell(record.Content))
            .ToArray();
        Assert.NotEmpty(totals);
        Assert.Equal(totals.Length, totals.DistinctBy(static cell => cell[0]).Count());
        Assert.Equal(
            byKey
                .GroupBy(static cell => cell[0])
                .Select(static window => (window.Key, Count: window.Sum(static cell => cell[2]), Sum: window.Sum(static cell => cell[3])))
                .Order(),
            totals.Select(static cell => (cell[0], Count: cell[2], Sum: cell[3])).Order()
        );

        // Every seventh value counts twice, so the windows hold at least all records.
        Assert.InRange(totals.Sum(static cell => cell[2]), 200, 400);
    }

    [Fact]
    public void ShouldInjectNothing_WhenIntensityIsZero()
    {
        SimulationResult result = Simulator.Run(new SimulationOptions { Seed = 11, Intensity = 0 });

        Assert.True(result.Passed, result.ToString());
        Assert.Empty(result.Faults);
    }

    [Fact]
    public void ShouldInjectOnlyWhatIsAsked_WhenFaultsAreNamed()
    {
        SimulationReport report = Simulator.Explore(
            new SimulationOptions { Faults = [SimulatedFault.SignalDuplicated, SimulatedFault.BlobReplyLost] },
            count: 20
        );

        Assert.Empty(report.Failures);
        Assert.Equal([SimulatedFault.BlobReplyLost, SimulatedFault.SignalDuplicated], report.Faults.Keys);
    }

    [Theory]
    [InlineData(0, 30, -1.0)]
    [InlineData(0, 30, 21.0)]
    [InlineData(0, 0, 1.0)]
    public void ShouldRefuseOptions_WhenOutOfBounds(ulong seed, int records, double intensity) =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            Simulator.Run(
                new SimulationOptions
                {
                    Seed = seed,
                    Records = records,
                    Intensity = intensity,
                }
            )
        );

    /// <summary>Window, key, count, sum from "w1 k2 n3 s4".</summary>
    private static long[] Cell(string content) =>
        [.. content.Split(' ').Select(static part => long.Parse(part.AsSpan(1), CultureInfo.InvariantCulture))];

    private static int Setting(string name, int standard) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;
}
