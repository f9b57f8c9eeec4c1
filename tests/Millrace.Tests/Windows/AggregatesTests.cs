using Millrace.Api;
using Millrace.Connectors;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Time;
using Millrace.Windows;
using Xunit;

namespace Millrace.Tests.Windows;

/// <summary>Ready-made aggregates against plain LINQ, however records are spread over accumulators, kept and merged.</summary>
public sealed class AggregatesTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    [Fact]
    public void ShouldEqualLinq_HoweverMerged()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            Random random = new(seed);
            List<Trade> trades =
            [
                .. Enumerable
                    .Range(0, random.Next(1, 200))
                    .Select(id => new Trade(id, $"s{random.Next(20)}", random.Next(-50, 50), random.Next(1_000) / 100m)),
            ];
            Assert.Equal(trades.Count, Run(Aggregates.Count<Trade>(), trades, random));
            Assert.Equal(trades.Sum(trade => (long)trade.Volume), Run(Aggregates.Sum((Trade trade) => (long)trade.Volume), trades, random));
            Assert.Equal(trades.Sum(trade => trade.Price), Run(Aggregates.Sum((Trade trade) => trade.Price), trades, random));
            Assert.Equal(trades.Average(trade => trade.Volume), Run(Aggregates.Average((Trade trade) => trade.Volume), trades, random), 9);
            Assert.Equal(trades.Min(trade => trade.Price), Run(Aggregates.Min((Trade trade) => trade.Price), trades, random));
            Assert.Equal(trades.Max(trade => trade.Symbol), Run(Aggregates.Max((Trade trade) => trade.Symbol), trades, random));
            Assert.Equal(trades.Min(trade => trade.Volume), Run(Aggregates.MinBy((Trade trade) => trade.Volume), trades, random)!.Volume);
            Assert.Equal(trades.Max(trade => trade.Id), Run(Aggregates.MaxBy((Trade trade) => trade.Id), trades, random)!.Id);
            Assert.Equal(
                trades.OrderByDescending(trade => trade.Id).Take(7).Select(trade => trade.Id),
                Run(Aggregates.TopN(7, (Trade trade) => trade.Id), trades, random).Select(trade => trade.Id)
            );
            Assert.Equal(
                trades.Select(trade => trade.Symbol).Distinct().Count(),
                Run(Aggregates.CountDistinct((Trade trade) => trade.Symbol), trades, random)
            );
            Assert.Equal(
                trades.Select(trade => trade.Price).Distinct().Count(),
                Run(Aggregates.ApproximateCountDistinct((Trade trade) => trade.Price), trades, random)
            );
            double[] volumes = [.. trades.Select(trade => (double)trade.Volume).Order()];
            IReadOnlyList<double> quantiles = Run(
                Aggregates.Quantiles((Trade trade) => trade.Volume, 0, 0.25, 0.5, 0.9, 1),
                trades,
                random
            );
            foreach ((double quantile, double actual) in new[] { 0, 0.25, 0.5, 0.9, 1 }.Zip(quantiles))
            {
                double exact = volumes[Math.Max((int)Math.Ceiling(quantile * volumes.Length) - 1, 0)];
                Assert.InRange(actual, exact - (Math.Abs(exact) * 0.01001), exact + (Math.Abs(exact) * 0.01001));
            }
        }
    }

    [Theory]
    [InlineData(14, 500)]
    [InlineData(14, 2_000)]
    [InlineData(14, 30_000)]
    [InlineData(14, 1_000_000)]
    [InlineData(4, 100_000)]
    [InlineData(18, 300_000)]
    public void ShouldCountDistinctClosely_WhenThereAreMany(int precision, int count)
    {
        IAggregateFunction<long, DistinctSketch, long> aggregate = Aggregates.ApproximateCountDistinct((long value) => value, precision);
        DistinctSketch[] parts = [.. Enumerable.Range(0, 3).Select(_ => aggregate.CreateAccumulator())];
        for (long value = 0; value < count; value++)
        {
            aggregate.Add(value, parts[value % 3]);
            aggregate.Add(value, parts[value % 2]);
        }

        long actual = aggregate.GetResult(aggregate.Merge(aggregate.Merge(parts[0], parts[1]), parts[2]));

        double error = 3 * 1.04 / Math.Sqrt(1 << precision);
        Assert.InRange(actual, (long)(count * (1 - error)), (long)Math.Ceiling(count * (1 + error)));
    }

    [Fact]
    public void ShouldCountEqualValuesOnce_WhenTheirBytesDiffer()
    {
        IAggregateFunction<decimal, DistinctSketch, long> aggregate = Aggregates.ApproximateCountDistinct((decimal value) => value);
        DistinctSketch sketch = aggregate.Add(1.50m, aggregate.Add(1.5m, aggregate.CreateAccumulator()));

        Assert.Equal(1, aggregate.GetResult(sketch));
    }

    [Fact]
    public void ShouldBeRightToOnePartInAHundred_WhenValuesAreSpreadWidely()
    {
        Random random = new(7);
        double[] values = [.. Enumerable.Range(0, 100_000).Select(_ => Math.Exp(random.NextDouble() * 40 - 20))];
        double[] quantiles = [0.001, 0.1, 0.5, 0.9, 0.99, 0.999];
        IAggregateFunction<double, QuantileSketch, IReadOnlyList<double>> aggregate = Aggregates.Quantiles(
            (double value) => value,
            quantiles
        );
        QuantileSketch sketch = values.Aggregate(aggregate.CreateAccumulator(), (sketch, value) => aggregate.Add(value, sketch));

        Array.Sort(values);
        Assert.All(
            quantiles.Zip(aggregate.GetResult(sketch)),
            each =>
            {
                double exact = values[(int)Math.Ceiling(each.First * values.Length) - 1];
                Assert.InRange(each.Second / exact, 0.9899, 1.0101);
            }
        );
    }

    [Theory]
    [InlineData(0.07, 7)]
    [InlineData(0.14, 14)]
    [InlineData(0.28, 28)]
    [InlineData(0.55, 55)]
    [InlineData(0.56, 56)]
    [InlineData(0.57, 57)]
    [InlineData(0.071, 8)]
    public void ShouldTakeTheRank_WhenItIsNoNumberOfTheMachine(double quantile, int rank)
    {
        IAggregateFunction<int, QuantileSketch, IReadOnlyList<double>> aggregate = Aggregates.Quantiles(
            static (int value) => Math.Pow(2, value),
            quantile
        );
        QuantileSketch sketch = Enumerable
            .Range(1, 100)
            .Aggregate(aggregate.CreateAccumulator(), (sketch, value) => aggregate.Add(value, sketch));

        Assert.InRange(aggregate.GetResult(sketch)[0] / Math.Pow(2, rank), 0.9899, 1.0101);
    }

    [Fact]
    public void ShouldBeStatePerKey()
    {
        AggregatingStateDescriptor<int, long, long> descriptor = Aggregates.Sum(static (int value) => (long)value).AsState("sum");

        Assert.Equal("sum", descriptor.Name);
        Assert.Equal(7, descriptor.GetResult(descriptor.Add(7, descriptor.Create())));
    }

    [Fact]
    public void ShouldHaveAResult_WhenThereIsNoRecord()
    {
        Assert.Equal(0, Empty(Aggregates.Count<int>()));
        Assert.Equal(0, Empty(Aggregates.Sum((int value) => value)));
        Assert.Equal(double.NaN, Empty(Aggregates.Average((int value) => value)));
        Assert.Null(Empty(Aggregates.Min((string value) => value)));
        Assert.Empty(Empty(Aggregates.TopN(3, (int value) => value)));
        Assert.Equal(0, Empty(Aggregates.ApproximateCountDistinct((int value) => value)));
        Assert.Equal([double.NaN], Empty(Aggregates.Quantiles((int value) => value, 0.5)));

        static TOut Empty<T, TAcc, TOut>(IAggregateFunction<T, TAcc, TOut> aggregate) => aggregate.GetResult(aggregate.CreateAccumulator());
    }

    [Fact]
    public void ShouldRefuse_WhenAskedForWhatCannotBe()
    {
        Assert.Contains(
            "no finite number",
            Assert
                .Throws<ArgumentOutOfRangeException>(() =>
                    Aggregates.Quantiles((double value) => value, 0.5).Add(double.NaN, new QuantileSketch())
                )
                .Message,
            StringComparison.Ordinal
        );
        Assert.Throws<ArgumentOutOfRangeException>(() => Aggregates.Quantiles((double value) => value, 99));
        Assert.Throws<ArgumentException>(() => Aggregates.Quantiles((double value) => value));
        Assert.Throws<ArgumentOutOfRangeException>(() => Aggregates.TopN(0, (int value) => value));
        Assert.Throws<ArgumentOutOfRangeException>(() => Aggregates.ApproximateCountDistinct((int value) => value, 19));
        Assert.Contains(
            "Select what may be a key",
            Assert.Throws<NotSupportedException>(() => Aggregates.ApproximateCountDistinct((int[] value) => value)).Message,
            StringComparison.Ordinal
        );
        Assert.Throws<OverflowException>(() => Aggregates.Sum((int value) => value).Add(1, int.MaxValue));
    }

    /// <summary>Tumbling windows, windows that share slices, and sessions.</summary>
    [Fact]
    public async Task ShouldBeMethodsOfWindows()
    {
        SlidingEventTimeWindows sliding = SlidingEventTimeWindows.Of(TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(100));
        await AgreeAsync(window => window.Count(), trades => trades.LongCount());
        await AgreeAsync(window => window.Sum(trade => trade.Volume), trades => trades.Sum(trade => trade.Volume));
        await AgreeAsync(window => window.Average(trade => trade.Volume), trades => trades.Average(trade => trade.Volume));
        await AgreeAsync(window => window.Min(trade => trade.Price), trades => trades.Min(trade => trade.Price));
        await AgreeAsync(window => window.Max(trade => trade.Price), trades => trades.Max(trade => trade.Price));
        await AgreeAsync(window => window.MinBy(trade => trade.Id), trades => trades.MinBy(trade => trade.Id));
        await AgreeAsync(window => window.MaxBy(trade => trade.Id), trades => trades.MaxBy(trade => trade.Id));
        await AgreeAsync(
            window => window.CountDistinct(trade => trade.Price),
            trades => trades.DistinctBy(trade => trade.Price).LongCount()
        );
        await AgreeAsync(
            window =>
                window
                    .TopN(2, trade => trade.Id)
                    .Map(each => new WindowResult<string, TimeWindow, int>(each.Key, each.Window, each.Value.Sum(trade => trade.Id))),
            trades => trades.OrderByDescending(trade => trade.Id).Take(2).Sum(trade => trade.Id)
        );
        await AgreeAsync(
            window =>
                window
                    .Quantiles(trade => trade.Id, 1)
                    .Map(each => new WindowResult<string, TimeWindow, double>(each.Key, each.Window, each.Value[0])),
            trades => trades.Max(trade => trade.Id)
        );

        async Task AgreeAsync<TValue>(
            Func<WindowedStream<string, Trade, TimeWindow>, DataStream<WindowResult<string, TimeWindow, TValue>>> build,
            Func<IEnumerable<Trade>, TValue> expected
        )
        {
            CollectSink<WindowResult<string, TimeWindow, TValue>> sink = new();
            StreamExecutionEnvironment env = new();
            build(
                    env.FromGenerator(
                            1_000,
                            TradeAt,
                            watermarks: WatermarkStrategy<Trade>.ForMonotonousTimestamps().WithTimestampAssigner(static trade => trade.Id)
                        )
                        .KeyBy(trade => trade.Symbol)
                        .Window(sliding)
                )
                .SinkTo(sink);
            await env.ExecuteAsync("aggregates").WaitAsync(Deadline);

            IEnumerable<(string, long, TValue)> results =
                from trade in Enumerable.Range(0, 1_000).Select(id => TradeAt(id))
                from start in Enumerable.Range(0, 4).Select(i => (long)(trade.Id / 100 * 100) - (i * 100))
                group trade by (trade.Symbol, Start: start) into window
                select (window.Key.Symbol, window.Key.Start, expected(window));
            Assert.Equal(
                results.OrderBy(each => (each.Item1, each.Item2)),
                sink.Records.Select(each => (each.Key, each.Window.Start, each.Value)).OrderBy(each => (each.Key, each.Start))
            );
        }
    }

    private static Trade TradeAt(long id) => new((int)id, $"s{id % 7}", (int)(id * 31 % 97), id * 17 % 89 / 100m);

    // What is merged into another stays as it is: windows that share slices merge it several times.
    private static TOut Run<TAcc, TOut>(IAggregateFunction<Trade, TAcc, TOut> aggregate, List<Trade> trades, Random random)
    {
        TypeSerializer<TAcc> serializer = TypeSerializers.For<TAcc>();
        TAcc[] parts = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => aggregate.CreateAccumulator())];
        foreach (Trade trade in trades)
        {
            int part = random.Next(parts.Length);
            parts[part] = aggregate.Add(trade, random.Next(5) == 0 ? Kept(parts[part]) : parts[part]);
        }

        TAcc all = aggregate.CreateAccumulator();
        foreach (TAcc part in parts)
        {
            byte[] before = Bytes(part);
            all = aggregate.Merge(all, part);
            all = aggregate.Merge(all, aggregate.CreateAccumulator());
            Assert.True(aggregate.IsCommutative);
            Assert.Equal(before, Bytes(part));
        }

        aggregate.GetResult(all);
        return aggregate.GetResult(Kept(all));

        byte[] Bytes(TAcc accumulator)
        {
            DataWriter writer = new();
            serializer.Serialize(accumulator, writer);
            return writer.WrittenSpan.ToArray();
        }

        TAcc Kept(TAcc accumulator)
        {
            DataReader reader = new(Bytes(accumulator));
            return serializer.Deserialize(ref reader);
        }
    }

    public sealed record Trade(int Id, string Symbol, int Volume, decimal Price);
}
