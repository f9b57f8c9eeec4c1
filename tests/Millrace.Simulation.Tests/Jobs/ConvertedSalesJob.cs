using Millrace.Api;
using Millrace.Connectors;
using Millrace.Time;

namespace Millrace.Simulation.Tests.Jobs;

/// <summary>Each sale with the price list entry of its shop that was valid at its time; an entry of 0 ends the one before it.</summary>
internal sealed class ConvertedSalesJob : IStreamJob
{
    public string Name => "converted-sales";

    public void Build(StreamExecutionEnvironment env)
    {
        env.SetParallelism(3);
        WatermarkStrategy<Sale> watermarks = WatermarkStrategy<Sale>
            .ForBoundedOutOfOrderness(TimeSpan.FromMilliseconds(200))
            .WithTimestampAssigner(static sale => sale.Time);
        DataStreamSource<Sale> sales = env.FromSource(new SaleSource("sales"), watermarks).WithUid("sales");
        DataStreamSource<Sale> prices = env.FromSource(new SaleSource("prices"), watermarks).WithUid("prices");
        sales
            .KeyBy(static sale => sale.Shop)
            .TemporalJoin(prices.KeyBy(static price => price.Shop))
            .DeletedWhen(static price => price.Amount == 0)
            .ProcessLeftOuter(
                static (sale, price) => $"{sale.Shop} {sale.Time} at {price.Time}",
                static sale => $"{sale.Shop} {sale.Time} at none"
            )
            .WithUid("join")
            .SinkTo(new TextSink<string>(DurableSinkGuarantee.ExactlyOnce))
            .WithUid("converted");
    }
}
