global using Millrace.Api;
global using Millrace.Connectors;
global using Millrace.Kafka;
global using Millrace.State;
global using Millrace.Time;
global using Millrace.UserFunctions;
global using Millrace.Windows;
global using static Prelude;

public static class Prelude
{
    public static StreamExecutionEnvironment env => null!;

    public static ISource<Order> source => null!;

    public static DataStream<Order> orders => null!;

    public static DataStream<Payment> payments => null!;

    public static DataStream<Customer> customers => null!;

    public sealed record Order(string Id, string Customer, long Time);

    public sealed record Payment(string Order, long Time);

    public sealed record Paid(string Order, long Milliseconds);

    public sealed record PerMinute(string Customer, DateTimeOffset Minute, long Orders);

    public sealed record Customer(string Id, string Name, bool IsDeleted);

    public sealed record Address(string Customer, string City);

    public sealed record Contact(string Customer, string Name, string City);

    public sealed record Enriched(Order Order, Customer? Customer);

    public sealed class Reminder : KeyedProcessFunction<string, Order, string>
    {
        public override void ProcessElement(Order value, IKeyedProcessContext<string> context, Collector<string> output) { }
    }
}
