using System.Text.Json;
using Confluent.Kafka;
using Microsoft.Extensions.Configuration;
using Millrace.Api;
using Millrace.DevBroker;
using Millrace.Runtime;
using Xunit;

namespace JobsNamespace.Tests;

/// <summary>The whole job, on a broker inside the test.</summary>
public sealed class OrderTotalsOnKafkaTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task ShouldReadOrdersAndWriteTotals()
    {
        await using DevBroker broker = await DevBroker.StartAsync(
            new DevBrokerOptions { Topics = { ["orders"] = 1, ["order-totals"] = 1 } }
        );
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([KeyValuePair.Create<string, string?>("Kafka:bootstrap.servers", broker.BootstrapServers)])
            .Build();
        OrderTotalsJob job = new();
        StreamExecutionEnvironment env = new(new ExecutionOptions { CheckpointInterval = TimeSpan.FromMilliseconds(100) }, configuration);
        job.Build(env);
        await using JobClient client = env.ExecuteDetached(job.Name);

        await WriteAsync(
            broker,
            new Order("ada", 10, Noon),
            new Order("ada", 2.5m, Noon.AddSeconds(3)),
            // Time goes on with what comes.
            new Order("grace", 1, Noon.AddMinutes(2))
        );

        Assert.Equal(new OrderTotal("ada", Noon, 12.5m), ReadOne(broker));
        await client.CancelAsync();
    }

    private static async Task WriteAsync(DevBroker broker, params Order[] orders)
    {
        ProducerConfig config = new() { BootstrapServers = broker.BootstrapServers };
        using IProducer<Null, byte[]> producer = new ProducerBuilder<Null, byte[]>(config).Build();
        foreach (Order order in orders)
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(order, OrdersJson.Default.Order);
            await producer.ProduceAsync("orders", new Message<Null, byte[]> { Value = json });
        }
    }

    private static OrderTotal? ReadOne(DevBroker broker)
    {
        ConsumerConfig config = new()
        {
            BootstrapServers = broker.BootstrapServers,
            GroupId = "test",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            IsolationLevel = IsolationLevel.ReadCommitted,
        };
        using IConsumer<Ignore, byte[]> consumer = new ConsumerBuilder<Ignore, byte[]>(config).Build();
        consumer.Subscribe("order-totals");
        ConsumeResult<Ignore, byte[]>? result = consumer.Consume(Deadline);
        return result is null ? null : JsonSerializer.Deserialize(result.Message.Value, OrdersJson.Default.OrderTotal);
    }
}
