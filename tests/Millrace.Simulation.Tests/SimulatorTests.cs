using Millrace.Testing.Simulation;
using Xunit;
using Xunit.Abstractions;

namespace Millrace.Simulation.Tests;

public sealed class SimulatorTests(ITestOutputHelper output)
{
    [Fact]
    public void ShouldLoseAndDoubleNothing_WhenEverythingFails()
    {
        var exploration = new Exploration().Run(0, Exploration.Seeds(300), maxFailures: 2, static seed => new SimulationOptions { Seed = seed, Intensity = (seed % 4) switch { 0 => 0.3, 1 => 1, 2 => 2, _ => 4 } });

        output.WriteLine(exploration.ToString());
        Assert.True(exploration.Failures.Count == 0, "See the output for the failing seeds, their faults and traces.");
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
    public void ShouldFindAFailure_WhenAGuardIsOff(SimulationGuards off)
    {
        var exploration = new Exploration().Run(0, 1000, maxFailures: 1, seed => new SimulationOptions { Seed = seed, Guards = SimulationGuards.All & ~off });

        output.WriteLine(exploration.ToString());
        Assert.NotEmpty(exploration.Failures);
    }
}
