using Millrace.Api;
using Millrace.Connectors;
using Millrace.Time;
using Millrace.Windows;

namespace Millrace.Simulation.Tests.Jobs;

/// <summary>Sums per shop and second, then per ten seconds over all shops; large sales are reported straight from the source.</summary>
internal sealed class SalesJob(bool preAggregates = false) : IStreamJob
{
    public string Name => "sales";

    public void Build(StreamExecutionEnvironment env)
    {
        env.SetParallelism(3);
        WatermarkStrategy<Sale> watermarks = WatermarkStrategy<Sale>
            .ForBoundedOutOfOrderness(TimeSpan.FromMilliseconds(200))
            .WithTimestampAssigner(static sale => sale.Time)
            .WithIdleness(TimeSpan.FromSeconds(2));
        DataStreamSource<Sale> sales = env.FromSource(new SaleSource("sales", "returns"), watermarks).WithUid("source");
        sales.Filter(static sale => sale.Amount >= 90).SinkTo(new TextSink<Sale>(DurableSinkGuarantee.AtLeastOnce)).WithUid("large");
        WindowedStream<string, Sale, TimeWindow> windows = sales
            .KeyBy(static sale => sale.Shop)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(1)));
        (preAggregates ? windows.PreAggregate() : windows)
            .Aggregate(new Sum(), static (shop, window, sum) => new ShopTotal(shop, window.Start, sum.Amount, sum.Count))
            .WithUid("per-shop")
            .KeyBy(static _ => "all")
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(10)))
            .Aggregate(new Total(), static (_, window, sum) => new ShopTotal("all", window.Start, sum.Amount, sum.Count))
            .WithUid("over-all")
            .SinkTo(new TextSink<ShopTotal>(DurableSinkGuarantee.ExactlyOnce))
            .WithUid("totals");
    }

    private sealed class Sum : IAggregateFunction<Sale, (long Amount, long Count), (long Amount, long Count)>
    {
        public (long Amount, long Count) CreateAccumulator() => default;

        public (long Amount, long Count) Add(Sale value, (long Amount, long Count) accumulator) =>
            (accumulator.Amount + value.Amount, accumulator.Count + 1);

        public (long Amount, long Count) GetResult((long Amount, long Count) accumulator) => accumulator;

        public (long Amount, long Count) Merge((long Amount, long Count) left, (long Amount, long Count) right) =>
            (left.Amount + right.Amount, left.Count + right.Count);
    }

    private sealed class Total : IAggregateFunction<ShopTotal, (long Amount, long Count), (long Amount, long Count)>
    {
        public (long Amount, long Count) CreateAccumulator() => default;

        public (long Amount, long Count) Add(ShopTotal value, (long Amount, long Count) accumulator) =>
            (accumulator.Amount + value.Amount, accumulator.Count + value.Count);

        public (long Amount, long Count) GetResult((long Amount, long Count) accumulator) => accumulator;

        public (long Amount, long Count) Merge((long Amount, long Count) left, (long Amount, long Count) right) =>
            (left.Amount + right.Amount, left.Count + right.Count);
    }
}
