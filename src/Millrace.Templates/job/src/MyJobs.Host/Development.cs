using Millrace.Api;
using Millrace.Connectors;
using Millrace.DevBroker;
using Millrace.Hosting;
using Millrace.Kafka;

namespace JobsNamespace.Host;

/// <summary>
/// What the app has on a developer's machine where no brokers are named: a broker in this process, and orders that a second job makes up
/// (elsewhere with the setting <c>MakeUpOrders</c>).
/// </summary>
internal static class Development
{
    private static readonly string[] Customers = ["ada", "grace", "edsger", "barbara", "tony"];

    public static async Task AddBrokerAndOrdersAsync(WebApplicationBuilder builder)
    {
        bool isAlone = builder.Configuration["Kafka:bootstrap.servers"] is null && builder.Configuration["Kafka:bootstrap_servers"] is null;
        if (isAlone)
        {
            // Topics live beside the checkpoints that know their offsets: delete both, or none.
            DevBroker broker = await DevBroker.StartAsync(
                new DevBrokerOptions { Directory = "state/broker", Topics = { ["orders"] = 4, ["order-totals"] = 4 } }
            );
            builder.Configuration["Kafka:bootstrap.servers"] = broker.BootstrapServers;
            // Services stop in reverse order: the broker after the jobs.
            builder.Services.AddHostedService(_ => new BrokerService(broker));
        }

        if (builder.Configuration.GetValue("MakeUpOrders", defaultValue: isAlone))
        {
            builder.Services.AddMillrace(millrace => millrace.AddJob("orders", (env, _) => MakeUpOrders(env)));
        }
    }

    private static void MakeUpOrders(StreamExecutionEnvironment env)
    {
        GeneratorSource<Order> orders = new(
            long.MaxValue,
            number => new Order(Customers[number % Customers.Length], 1 + number * 7 % 100, DateTimeOffset.UtcNow)
        )
        {
            RecordsPerSecond = 100,
        };
        KafkaSink<Order> sink = KafkaSink
            .Builder<Order>()
            .SetProperties(env.Configuration.GetSection("Kafka"))
            .SetTopic("orders")
            .SetValueSerializer(new JsonSchema<Order>(OrdersJson.Default.Order))
            .Build();
        env.FromSource(orders).WithUid("generator").SinkTo(sink).WithUid("orders");
    }

    private sealed class BrokerService(DevBroker broker) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => broker.DisposeAsync().AsTask();
    }
}
