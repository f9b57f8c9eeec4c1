global using Millrace.Api;
global using Millrace.UserFunctions;
global using static Prelude;

public static class Prelude
{
    public static DataStream<Bid> bids => null!;

    public static DataStream<Item> items => null!;

    public sealed record Bid(long Auction);

    public sealed record Item(int Shard);

    public sealed class HotItemsFunction : KeyedProcessFunction<long, Bid, long>
    {
        public override void ProcessElement(Bid value, IKeyedProcessContext<long> context, Collector<long> output) { }
    }
}
