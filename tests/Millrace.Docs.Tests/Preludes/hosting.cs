global using Millrace.Kafka;
global using static Prelude;
using System.Text.Json.Serialization.Metadata;
using Millrace.Api;

public static class Prelude
{
    public static StreamExecutionEnvironment env => null!;

    public sealed class OrdersJob : IStreamJob
    {
        public string Name => "orders";

        public void Build(StreamExecutionEnvironment env) { }
    }

    public sealed record Order(string Customer);

    public static class OrdersJson
    {
        public static Types Default => new();
    }

    public sealed class Types
    {
        public JsonTypeInfo<Order> Order => null!;
    }
}
