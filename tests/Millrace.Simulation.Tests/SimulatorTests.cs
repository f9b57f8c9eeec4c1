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
            Setting("MILLRACE_SIMULATION_SEEDS", 250)
        );

        output.WriteLine(report.ToString());
        Assert.True(report.Failures.Count == 0, report.ToString());
        Assert.All(Enum.GetValues<SimulatedFault>(), fault => Assert.True(report.Faults.ContainsKey(fault), $"{fault} never happened."));
        Assert.All(report.Observed, pair => Assert.True(pair.Value > 0, $"'{pair.Key}' was never seen: the faults do not reach it."));
    }

    /// <summary>From the seeds before the one that is known to fail; from 0 with MILLRACE_SIMULATION_SEARCH=1.</summary>
    [Theory]
    [InlineData(SimulationGuards.Epoch, 5)]
    [InlineData(SimulationGuards.Previous, 0)]
    [InlineData(SimulationGuards.Plan, 6)]
    [InlineData(SimulationGuards.DurableOutbox, 6)]
    [InlineData(SimulationGuards.ReadBack, 0)]
    [InlineData(SimulationGuards.OverlapFilter, 22)]
    [InlineData(SimulationGuards.ProgressPosition, 1)]
    [InlineData(SimulationGuards.SinkMarker, 0)]
    [InlineData(SimulationGuards.Repair, 1)]
    [InlineData(SimulationGuards.Acknowledge, 1)]
    [InlineData(SimulationGuards.SuspensionCheck, 130)]
    [InlineData(SimulationGuards.FillHoles, 1)]
    [InlineData(SimulationGuards.FirstOffset, 802)]
    [InlineData(SimulationGuards.EmptyEnvelope, 185)]
    [InlineData(SimulationGuards.FreshIncarnation, 688)]
    [InlineData(SimulationGuards.TakenOnce, 224)]
    [InlineData(SimulationGuards.Freeze, 255)]
    [InlineData(SimulationGuards.ClaimOnce, 747)]
    [InlineData(SimulationGuards.TopicOrder, 9)]
    [InlineData(SimulationGuards.DrainIsFinal, 1)]
    [InlineData(SimulationGuards.LogCheck, 15)]
    [InlineData(SimulationGuards.NewOrigin, 42)]
    [InlineData(SimulationGuards.SavepointTurn, 121)]
    [InlineData(SimulationGuards.FreshLedger, 584)]
    [InlineData(SimulationGuards.QuietChannel, 250)]
    [InlineData(SimulationGuards.Stamp, 1)]
    public void ShouldFindAFailure_WhenAGuardIsOff(SimulationGuards off, int seed)
    {
        // Intensities go round with every fourth seed.
        int first = Setting("MILLRACE_SIMULATION_SEARCH", 0) == 0 ? seed - (seed % 4) : 0;
        SimulationReport report = Simulator.Explore(
            new SimulationOptions
            {
                Guards = SimulationGuards.All & ~off,
                Seed = (ulong)first,
                Shrinks = false,
            },
            seed + 1 - first
        );

        output.WriteLine(report.ToString());
        SimulationResult failure = Assert.Single(report.Failures);
        Assert.NotEmpty(failure.Trace);
        Assert.NotEmpty(failure.Faults);
    }

    [Fact]
    public void ShouldFindAFailureWithoutAnyFault_WhenEnvelopesDoNotWait()
    {
        SimulationReport report = Simulator.Explore(
            new SimulationOptions { Guards = SimulationGuards.All & ~SimulationGuards.Previous, Intensity = 0 },
            count: 100
        );

        Assert.Empty(Assert.Single(report.Failures).Faults);
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
