global using Millrace.Api;
global using Millrace.Checkpoints;
global using Millrace.Connectors;
global using Millrace.Kafka;
global using Millrace.Runtime;
global using Millrace.Serialization;
global using Millrace.State;
global using Millrace.Time;
global using Millrace.UserFunctions;
global using Millrace.Windows;
global using static Prelude;

public static class Prelude
{
    public static ISource<Order> source => null!;

    public static ISink<Order> sink => null!;

    public static DataStream<Order> orders => null!;

    public static DataStream<Payment> payments => null!;

    public static DataStream<Login> logins => null!;

    public static IEnumerable<KeyValuePair<string, decimal>> ReadExport() => [];

    public sealed record Order(string Id, string Customer, decimal Amount, long Time);

    public sealed record Payment(string Order, long Time);

    public sealed record Paid(string Order, long Milliseconds);

    public sealed record Mean(string Customer, DateTimeOffset Until, double Amount);

    public sealed record Priced(string Order, string Price);

    public sealed record Login(string User, bool Ok);

    public static class Orders
    {
        public static WatermarkStrategy<Order> Watermarks => WatermarkStrategy<Order>.ForMonotonousTimestamps();

        public static ISource<Order> Source(string? servers) => null!;
    }

    public sealed class QuietCustomers : KeyedProcessFunction<string, Order, string>
    {
        public override void ProcessElement(Order value, IKeyedProcessContext<string> context, Collector<string> output) { }
    }
}
