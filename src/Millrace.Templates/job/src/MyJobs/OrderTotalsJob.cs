using System.Text.Json;
using System.Text.Json.Serialization;
using Millrace.Api;
using Millrace.Kafka;
using Millrace.Time;
using Millrace.Windows;

namespace JobsNamespace;

/// <summary>
/// Adds up orders per customer and ten seconds: topic <c>orders</c> to topic <c>order-totals</c>. Sections of the configuration:
/// <c>Kafka</c> (properties of its clients), <c>Orders</c> (options of the source), <c>OrderTotals</c> (options of the sink).
/// </summary>
public sealed class OrderTotalsJob : IStreamJob
{
    /// <summary>Orders may come two seconds out of order; a partition that is silent for ten seconds holds nobody up.</summary>
    public static WatermarkStrategy<Order> Watermarks { get; } =
        WatermarkStrategy<Order>
            .ForBoundedOutOfOrderness(TimeSpan.FromSeconds(2))
            .WithTimestampAssigner(order => order.Time.ToUnixTimeMilliseconds())
            .WithIdleness(TimeSpan.FromSeconds(10));

    /// <summary>Names the job's state: keep it.</summary>
    public string Name => "order-totals";

    public void Build(StreamExecutionEnvironment env)
    {
        KafkaSource<Order> orders = KafkaSource
            .Builder<Order>()
            .SetProperties(env.Configuration.GetSection("Kafka"))
            .SetTopics("orders")
            .SetGroupId("order-totals")
            .SetDeserializer(new JsonSchema<Order>(OrdersJson.Default.Order))
            .SetOptions(env.Configuration.GetSection("Orders"))
            .Build();
        KafkaSink<OrderTotal> totals = KafkaSink
            .Builder<OrderTotal>()
            .SetProperties(env.Configuration.GetSection("Kafka"))
            .SetTopic("order-totals")
            .SetValueSerializer(new JsonSchema<OrderTotal>(OrdersJson.Default.OrderTotal))
            .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
            .SetOptions(env.Configuration.GetSection("OrderTotals"))
            .Build();

        Totals(env.FromSource(orders, Watermarks).WithUid("orders")).SinkTo(totals).WithUid("order-totals");
    }

    /// <summary>What the job does between its source and its sink.</summary>
    public static DataStream<OrderTotal> Totals(DataStream<Order> orders) =>
        orders
            .KeyBy(order => order.Customer)
            .Window(TumblingEventTimeWindows.Of(TimeSpan.FromSeconds(10)))
            .Sum(order => order.Amount)
            .WithUid("totals")
            .Map(total => new OrderTotal(total.Key, total.Window.StartTime, total.Value));
}

public sealed record Order(string Customer, decimal Amount, DateTimeOffset Time);

public sealed record OrderTotal(string Customer, DateTimeOffset From, decimal Amount);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(OrderTotal))]
public sealed partial class OrdersJson : JsonSerializerContext;
