using System.Text.Json;
using Confluent.Kafka;
using Millrace.DevBroker;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Packages.Tests;

/// <summary>The way of somebody who has the packages and nothing else: from <c>dotnet new</c> to jobs that run on both hosts.</summary>
[Collection(FeedTests.Name)]
public sealed class TemplateTests(Feed feed, AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    private const string OwnJob = """
        using Millrace.Api;
        using Millrace.Kafka;

        namespace Acme_Shop;

        public sealed class LargeOrdersJob : IStreamJob
        {
            public string Name => "large-orders";

            public void Build(StreamExecutionEnvironment env)
            {
                var orders = KafkaSource.Builder<Order>()
                    .SetProperties(env.Configuration.GetSection("Kafka"))
                    .SetTopics("orders")
                    .SetGroupId("large-orders")
                    .SetDeserializer(new JsonSchema<Order>(OrdersJson.Default.Order))
                    .Build();
                var large = KafkaSink.Builder<Order>()
                    .SetProperties(env.Configuration.GetSection("Kafka"))
                    .SetTopic("large-orders")
                    .SetValueSerializer(new JsonSchema<Order>(OrdersJson.Default.Order))
                    .Build();
                Large(env.FromSource(orders, OrderTotalsJob.Watermarks).WithUid("orders")).SinkTo(large).WithUid("large");
            }

            public static DataStream<Order> Large(DataStream<Order> orders) => orders.Filter(order => order.Amount >= 50);
        }
        """;

    private const string OwnTest = """
        using Millrace.Testing;
        using Xunit;

        namespace Acme_Shop.Tests;

        public sealed class LargeOrdersTests
        {
            [Fact]
            public void ShouldKeepLargeOrders()
            {
                TestSource<Order> orders = new();
                TestSink<Order> large = new();
                using JobTestDriver driver = JobTestDriver.Start(env =>
                    LargeOrdersJob.Large(env.FromSource(orders, orders.Watermarks).WithUid("orders")).SinkTo(large).WithUid("large"));
                orders.Add(new Order("ada", 49, default));
                orders.Add(new Order("ada", 50, default));
                orders.End();
                driver.RunToEnd();

                Assert.Equal([50], large.Values.Select(order => order.Amount));
            }
        }
        """;

    [AzuriteFact]
    public async Task ShouldComeFromNewToRunningJobsOnBothHosts()
    {
        string shop = feed.MakeFolder("shop");
        await NewAsync(shop, "millrace-job", "-n", "Acme-Shop");
        await NewAsync(shop, "millrace-functions", "-n", "Acme-Shop.App", "--jobs", "Acme-Shop");
        await feed.InFolder(shop, "dotnet", "sln", "add", "src/Acme-Shop.App").RunAsync();
        await File.WriteAllTextAsync(Path.Combine(shop, "src/Acme-Shop/LargeOrdersJob.cs"), OwnJob);
        await File.WriteAllTextAsync(Path.Combine(shop, "tests/Acme-Shop.Tests/LargeOrdersTests.cs"), OwnTest);
        await ChangeAsync(
            Path.Combine(shop, "src/Acme-Shop.Host/Program.cs"),
            "AddJob<OrderTotalsJob>()",
            "AddJob<OrderTotalsJob>().AddJob<LargeOrdersJob>()"
        );
        await ChangeAsync(
            Path.Combine(shop, "src/Acme-Shop.Host/Development.cs"),
            "[\"order-totals\"] = 4",
            "[\"order-totals\"] = 4, [\"large-orders\"] = 4"
        );

        await BuildAsync(shop, "Acme-Shop.slnx");
        string tests = await feed.InFolder(shop, "dotnet", "test", "--no-build", "-c", "Release").RunAsync();
        Command.AssertSays("Passed:     4", tests);

        await RunInAspNetAsync(shop);
        await RunAsFunctionAppAsync(shop);
    }

    [Fact]
    public async Task ShouldHoldTheInfrastructureOfItsJob_WhenAFunctionAppHasOne()
    {
        string folder = feed.MakeFolder("alone");
        await NewAsync(folder, "millrace-functions", "-n", "Alone.App");
        await BuildAsync(folder, "src/Alone.App");

        await InfraAsync(folder, "src/Alone.App/bin/Release/net10.0/Alone.App.dll", "Alone.App", "--check");
    }

    /// <summary>A process that stops on SIGTERM with savepoints, and goes on from them.</summary>
    private async Task RunInAspNetAsync(string shop)
    {
        string folder = Path.Combine(shop, "src/Acme-Shop.Host");
        for (int run = 1; run <= 2; run++)
        {
            await using RunningCommand host = feed.InFolder(folder, "dotnet", "bin/Release/net10.0/Acme-Shop.Host.dll")
                .With("ASPNETCORE_ENVIRONMENT", "Development")
                .With("Urls", "http://127.0.0.1:0")
                .With("Millrace__StopWithSavepoint", "true")
                .With("Millrace__Execution__CheckpointInterval", "00:00:01")
                .Start();
            Uri address = new(await host.WaitForAsync("Now listening on: "));

            await host.WaitForAsync(
                new Uri(address, "totals"),
                totals => totals.Contains("\"customer\":\"ada\"", StringComparison.Ordinal)
            );
            await host.WaitForAsync(new Uri(address, "health"), health => health == "Healthy");
            await host.WaitForAsync(
                new Uri(address, "jobs/large-orders"),
                metrics => metrics.Contains("Running", StringComparison.Ordinal)
            );
            await host.TerminateAsync();

            Assert.All(
                ["order-totals", "large-orders", "orders"],
                job => Assert.Equal(run, Directory.GetDirectories(Path.Combine(folder, "state/checkpoints/jobs", job, "savepoints")).Length)
            );
        }

        // What the runs left beside the project is no part of the app.
        string published = Path.Combine(shop, "published");
        await feed.InFolder(folder, "dotnet", "publish", "--no-build", "-c", "Release", "-o", published).RunAsync();
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(folder, "state"), "manifest.json", SearchOption.AllDirectories));
        Assert.Empty(Directory.GetFiles(published, "manifest.json", SearchOption.AllDirectories));
    }

    private async Task RunAsFunctionAppAsync(string shop)
    {
        await InfraAsync(shop, "src/Acme-Shop.App/bin/Release/net10.0/Acme-Shop.dll", "Acme-Shop.App");
        await InfraAsync(shop, "src/Acme-Shop.App/bin/Release/net10.0/Acme-Shop.dll", "Acme-Shop.App", "--check");
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(
            new DevBrokerOptions
            {
                Topics =
                {
                    ["orders"] = 2,
                    ["order-totals"] = 2,
                    ["large-orders"] = 2,
                },
            }
        );
        await using RunningCommand host = feed.InFolder(
                shop,
                "dotnet",
                Path.Combine(
                    Feed.Repository,
                    $"tests/Millrace.Functions.TestHost/bin/{Feed.Configuration}/net10.0/Millrace.Functions.TestHost.dll"
                ),
                "--app",
                Path.Combine(shop, "src/Acme-Shop.App/bin/Release/net10.0/Acme-Shop.App.dll"),
                "--storage",
                azurite.ConnectionString,
                "--set",
                $"KafkaBrokers={broker.BootstrapServers}",
                "--set",
                "Millrace__TickSchedule=*/1 * * * * *"
            )
            .Start();
        await host.WaitForAsync("ready ");

        using IProducer<Null, string> producer = new ProducerBuilder<Null, string>(
            new ProducerConfig { BootstrapServers = broker.BootstrapServers }
        ).Build();
        foreach ((decimal amount, int second) in ((decimal, int)[])[(60, 0), (2.5m, 9), (1, 30)])
        {
            // Both partitions: event time is the slower one's.
            for (int partition = 0; partition < 2; partition++)
            {
                await producer.ProduceAsync(
                    new TopicPartition("orders", partition),
                    new Message<Null, string>
                    {
                        Value = $"{{\"customer\":\"c{partition}\",\"amount\":{amount},\"time\":\"2026-01-31T12:00:{second:00}Z\"}}",
                    }
                );
            }
        }

        Assert.Equal([("c0", 62.5m), ("c1", 62.5m)], Read(broker, "order-totals", 2, host));
        Assert.Equal([("c0", 60m), ("c1", 60m)], Read(broker, "large-orders", 2, host));
    }

    private static (string Customer, decimal Amount)[] Read(DevBroker.DevBroker broker, string topic, int count, RunningCommand host)
    {
        ConsumerConfig config = new()
        {
            BootstrapServers = broker.BootstrapServers,
            GroupId = "test-" + topic,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            IsolationLevel = IsolationLevel.ReadCommitted,
        };
        using IConsumer<Ignore, string> consumer = new ConsumerBuilder<Ignore, string>(config).Build();
        consumer.Subscribe(topic);
        List<(string, decimal)> read = [];
        while (read.Count < count && consumer.Consume(Deadline) is { } result)
        {
            JsonElement value = JsonDocument.Parse(result.Message.Value).RootElement;
            read.Add((value.GetProperty("customer").GetString()!, value.GetProperty("amount").GetDecimal()));
        }

        Assert.True(read.Count == count, $"{read.Count} records in {topic} instead of {count}. The host wrote:\n{host.Output}");
        return [.. read.Order()];
    }

    private async Task NewAsync(string folder, params string[] arguments)
    {
        // Templates of their own for each folder: the machine's stay as they are.
        string hive = Path.Combine(folder, ".templates");
        string package = Path.Combine(feed.Folder, $"Millrace.Templates.{feed.Version}.nupkg");
        if (!Directory.Exists(hive))
        {
            await feed.InFolder(folder, "dotnet", "new", "install", package, "--debug:custom-hive", hive).RunAsync();
        }

        await feed.InFolder(folder, "dotnet", ["new", .. arguments, "-o", ".", "--debug:custom-hive", hive]).RunAsync();
    }

    private async Task BuildAsync(string folder, string project)
    {
        string build = await feed.InFolder(folder, "dotnet", "build", project, "-c", "Release", "-nologo", "-v", "minimal").RunAsync();

        // The packages of others are as new as the machine's sources have them; nothing else may be wrong.
        Assert.DoesNotContain(
            build.Split('\n'),
            line => line.Contains("warning", StringComparison.Ordinal) && !line.Contains("NU16", StringComparison.Ordinal)
        );
    }

    private async Task InfraAsync(string folder, string jobs, string app, params string[] arguments) =>
        await feed.InFolder(folder, await feed.ToolAsync(), ["infra", jobs, "--host-json", $"src/{app}/host.json", .. arguments])
            .RunAsync();

    private static async Task ChangeAsync(string file, string from, string to)
    {
        string text = await File.ReadAllTextAsync(file);
        Assert.Contains(from, text, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, text.Replace(from, to, StringComparison.Ordinal));
    }
}
