global using Millrace.Api;
global using Millrace.Windows;
global using static Prelude;
using System;
using System.Text.Json.Serialization.Metadata;
using Millrace.Connectors;
using Millrace.Time;

// What src/Millrace.Templates/job makes, and what the page makes itself.
public static class Prelude
{
    public static StreamExecutionEnvironment env => null!;

    public static ISource<Order> orders => null!;

    public static ISink<OrderTotal> totals => null!;

    public static WatermarkStrategy<Order> Watermarks => OrderTotalsJob.Watermarks;

    public sealed record Order(string Customer, decimal Amount, DateTimeOffset Time);

    public sealed record OrderTotal(string Customer, DateTimeOffset From, decimal Amount);

    public static class OrderTotalsJob
    {
        public static WatermarkStrategy<Order> Watermarks => null!;
    }

    public static class OrdersJson
    {
        public static Types Default => new();
    }

    public sealed class Types
    {
        public JsonTypeInfo<Order> Order => null!;
    }

    public static class EagerCustomersJob
    {
        public static DataStream<string> Eager(DataStream<Order> orders) => null!;
    }
}
