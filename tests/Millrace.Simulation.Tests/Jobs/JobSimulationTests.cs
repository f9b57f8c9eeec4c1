using System.Text;
using Millrace.Testing.Simulation;
using Xunit;
using Xunit.Abstractions;

namespace Millrace.Simulation.Tests.Jobs;

public sealed class JobSimulationTests(ITestOutputHelper output)
{
    private static readonly SimulationSubject Sales = new()
    {
        Job = new SalesJob(),
        Input =
        [
            .. Enumerable
                .Range(0, 90)
                .Select(static n => new SimulatedRecord(
                    n % 5 == 0 ? "returns" : "sales",
                    n % 3,
                    null,
                    Encoding.UTF8.GetBytes($"shop{n * 7 % 11}:{n * 31 % 100}:{(n * 130) - (n * 37 % 150)}"),
                    n
                )),
        ],
    };

    private static readonly SimulationSubject PreAggregatedSales = Sales with { Job = new SalesJob(preAggregates: true) };

    [Theory]
    [InlineData(false, 60)]
    [InlineData(true, 150)]
    public void ShouldLoseAndDoubleNothing_WhenARealJobRunsThroughFaults(bool preAggregates, int seeds)
    {
        SimulationReport report = Simulator.Explore(
            new SimulationOptions { Subject = preAggregates ? PreAggregatedSales : Sales },
            count: seeds
        );

        output.WriteLine(report.ToString());
        Assert.True(report.Failures.Count == 0, report.ToString());
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(2, false)]
    [InlineData(0, true)]
    [InlineData(2, true)]
    public void ShouldAddUpToTheInput_WhateverHappens(double intensity, bool preAggregates)
    {
        SimulationResult result = Simulator.Run(
            new SimulationOptions
            {
                Subject = preAggregates ? PreAggregatedSales : Sales,
                Seed = 3,
                Intensity = intensity,
            }
        );

        (int Amount, long Time)[] sales = Enumerable
            .Range(0, 90)
            .Select(static n => (Amount: n * 31 % 100, Time: (long)((n * 130) - (n * 37 % 150))))
            .ToArray();
        Assert.Equal(
            sales
                .GroupBy(static sale => (long)Math.Floor(sale.Time / 10_000.0) * 10_000)
                .Select(static ten => new ShopTotal("all", ten.Key, ten.Sum(static sale => sale.Amount), ten.Count()).ToString())
                .Order(StringComparer.Ordinal),
            result
                .Output.Where(static record => record.Sink == "totals")
                .Select(static record => record.Content)
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            sales.Count(static sale => sale.Amount >= 90),
            result.Output.Where(static record => record.Sink == "large").DistinctBy(static record => record.Id).Count()
        );
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void ShouldJoinWithTheVersionOfItsTime_WhateverHappens(double intensity)
    {
        Sale[] sales = [.. Enumerable.Range(0, 60).Select(static n => new Sale($"shop{n * 7 % 5}", 1, (n * 130) - (n * 37 % 150)))];
        Sale[] prices =
        [
            .. Enumerable.Range(0, 60).Select(static n => new Sale($"shop{n * 3 % 5}", n % 4, (n * 130) - (n * 53 % 140) + 7)),
        ];
        SimulationSubject subject = new() { Job = new ConvertedSalesJob(), Input = [.. Lines("sales", sales), .. Lines("prices", prices)] };
        for (ulong seed = 1; seed <= 10; seed++)
        {
            SimulationResult result = Simulator.Run(
                new SimulationOptions
                {
                    Subject = subject,
                    Seed = seed,
                    Intensity = intensity,
                }
            );

            Assert.Equal(
                sales
                    .Select(sale =>
                        (
                            Sale: sale,
                            Price: prices
                                .Where(price => price.Shop == sale.Shop && price.Time <= sale.Time)
                                .MaxBy(static price => price.Time)
                        )
                    )
                    .Select(static pair =>
                        $"{pair.Sale.Shop} {pair.Sale.Time} at {(pair.Price is { Amount: > 0 } price ? price.Time : "none")}"
                    )
                    .Order(StringComparer.Ordinal),
                result.Output.Select(static record => record.Content).Order(StringComparer.Ordinal)
            );
        }
    }

    [Theory]
    [InlineData(SimulationGuards.Previous)]
    [InlineData(SimulationGuards.DurableOutbox)]
    [InlineData(SimulationGuards.OverlapFilter)]
    public void ShouldFindAFailure_WhenAGuardIsOff(SimulationGuards off)
    {
        SimulationReport report = Simulator.Explore(
            new SimulationOptions
            {
                Subject = Sales,
                Guards = SimulationGuards.All & ~off,
                Shrinks = false,
            },
            count: 200
        );

        Assert.Single(report.Failures);
    }

    [Theory]
    [InlineData(SimulationGuards.Plan)]
    [InlineData(SimulationGuards.Previous)]
    [InlineData(SimulationGuards.Epoch)]
    [InlineData(SimulationGuards.ReadBack)]
    [InlineData(SimulationGuards.ProgressPosition)]
    public void ShouldFindAFailure_WhenAGuardIsOffAndRecordsArePreAggregated(SimulationGuards off)
    {
        SimulationReport report = Simulator.Explore(
            new SimulationOptions
            {
                Subject = PreAggregatedSales,
                Guards = SimulationGuards.All & ~off,
                Shrinks = false,
            },
            count: 400
        );

        Assert.Single(report.Failures);
    }

    [Fact]
    public void ShouldNameTheTopics_WhenInputIsForAnother()
    {
        SimulationSubject subject = Sales with { Input = [new SimulatedRecord("refunds", 0, null, null, 0)] };

        ArgumentException error = Assert.Throws<ArgumentException>(() => Simulator.Run(new SimulationOptions { Subject = subject }));
        Assert.Contains("job 'sales' reads: sales, returns", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<SimulatedRecord> Lines(string topic, Sale[] sales) =>
        sales.Select(
            (sale, n) => new SimulatedRecord(topic, n % 3, null, Encoding.UTF8.GetBytes($"{sale.Shop}:{sale.Amount}:{sale.Time}"), n)
        );
}
