using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millrace.Api;
using Millrace.Connectors;
using Millrace.Functions.Tests.Configuration;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Kafka;
using Millrace.Serialization;
using Millrace.Time;
using Xunit;

namespace Millrace.Functions.Tests.Metadata;

public sealed class JobFunctionsTests
{
    [Fact]
    public async Task ShouldBindKafkaRecordsByDeferredBinding_WhenAJobHasASource()
    {
        IFunctionMetadata function = (await FunctionsAsync(DeliveryGuarantee.ExactlyOnce)).Single(each => each.Name == "source-lines");

        JsonNode trigger = JsonNode.Parse(function.RawBindings![0])!;
        Assert.Equal("kafkaTrigger", (string?)trigger["type"]);
        Assert.Equal("lines", (string?)trigger["topic"]);
        Assert.Equal("count", (string?)trigger["consumerGroup"]);
        Assert.Equal("Many", (string?)trigger["cardinality"]);
        Assert.Equal("Binary", (string?)trigger["keyDataType"]);
        Assert.Equal("%KafkaBrokers%", (string?)trigger["brokerList"]);
        Assert.Equal("True", (string?)trigger["properties"]!["supportsDeferredBinding"]);
        Assert.Equal("SaslSsl", (string?)trigger["protocol"]);
        Assert.Equal("%KafkaPassword%", (string?)trigger["password"]);
    }

    [Fact]
    public async Task ShouldNameEntryPointsThatExist_WhenFunctionsAreGenerated()
    {
        foreach (IFunctionMetadata function in await FunctionsAsync(DeliveryGuarantee.BestEffort))
        {
            int dot = function.EntryPoint!.LastIndexOf('.');
            Type type = typeof(SourceFunction).Assembly.GetType(function.EntryPoint[..dot], throwOnError: true)!;
            System.Reflection.MethodInfo method = type.GetMethod(function.EntryPoint[(dot + 1)..])!;
            string?[] bindings = [.. function.RawBindings!.Select(binding => (string?)JsonNode.Parse(binding)!["name"])];

            // Every binding but outputs is a parameter of the method.
            foreach (string? binding in bindings.Where(name => name is not ("$return" or "Records")))
            {
                Assert.Contains(method.GetParameters(), parameter => parameter.Name == binding);
            }
        }
    }

    [Fact]
    public async Task ShouldBindTheOutput_WhenASinkIsBestEffort()
    {
        IFunctionMetadata[] functions = await FunctionsAsync(DeliveryGuarantee.BestEffort);

        IFunctionMetadata activity = functions.Single(function => function.Name == "outbox-count-counts");
        Assert.Contains(activity.RawBindings!, binding => (string?)JsonNode.Parse(binding)!["topic"] == "counts");
        Assert.Contains(functions, function => function.Name == "millrace-outbox");
    }

    [Fact]
    public async Task ShouldGiveEachFunctionItsOwnName_WhenTopicsJobsAndSinksDifferInSignsOnly()
    {
        string longTopic = new('t', 240);
        IFunctionMetadata[] functions = await FunctionsAsync(
            new CopyJob("eu", ["Orders", "a.b", longTopic], "out", "out.put"),
            new CopyJob("eu-out", ["orders", "a-b"], "put", "p.ut"),
            new CopyJob("a", ["b"], "x"),
            new CopyJob("c", ["b", "a_b"], "x")
        );

        Assert.All(functions, function => Assert.Matches("^[A-Za-z][A-Za-z0-9-]{0,126}$", function.Name));
        Assert.Equal(functions.Length, functions.Select(function => function.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count());
        Assert.Equal(8, functions.Count(function => function.Name!.StartsWith("source-", StringComparison.Ordinal)));
        IFunctionMetadata[] outboxes =
        [
            .. functions.Where(function => function.EntryPoint == "Millrace.Functions.Outbox.OutboxFunctions.Send"),
        ];
        Assert.Equal(
            ["out", "out.put", "p.ut", "put", "x", "x"],
            outboxes.Select(function => (string?)JsonNode.Parse(function.RawBindings![1])!["topic"]).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task ShouldKeepTheNames_WhenAnotherJobIsAdded()
    {
        IFunctionMetadata[] alone = await FunctionsAsync(new CopyJob("eu", ["orders"], "out"));
        IFunctionMetadata[] beside = await FunctionsAsync(new CopyJob("eu", ["orders"], "out"), new CopyJob("us", ["visits"], "out"));

        Assert.Contains(alone, function => function.Name == "source-orders");
        Assert.Contains(alone, function => function.Name == "outbox-eu-out");
        Assert.Empty(alone.Select(function => function.Name).Except(beside.Select(function => function.Name), StringComparer.Ordinal));
    }

    [Fact]
    public void ShouldRefuseTheJob_WhenABestEffortSinkHasNoTopic()
    {
        MillraceConfigurationException error = Assert.Throws<MillraceConfigurationException>(() =>
            ConfigurationTests.Check(Compose(new CopyJob("files", ["orders"])))
        );

        Assert.Contains(
            error.Errors,
            message =>
                message.Contains("BestEffort", StringComparison.Ordinal) && message.Contains("names no topic", StringComparison.Ordinal)
        );
    }

    private static Task<IFunctionMetadata[]> FunctionsAsync(DeliveryGuarantee guarantee) => FunctionsAsync(new CountJob(guarantee));

    private static async Task<IFunctionMetadata[]> FunctionsAsync(params IStreamJob[] jobs)
    {
        using IHost host = Compose(jobs).Build();
        return [.. await host.Services.GetRequiredService<IFunctionMetadataProvider>().GetFunctionMetadataAsync("")];
    }

    private static HostApplicationBuilder Compose(params IStreamJob[] jobs) =>
        ConfigurationTests.Compose(
            jobs,
            ("KafkaBrokers", "localhost:9092"),
            ("KafkaUsername", "user"),
            ("KafkaPassword", "secret"),
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true")
        );

    /// <summary>Copies topics to a topic for each sink, named as the sink; without sinks, to a best-effort sink that is no topic.</summary>
    private sealed class CopyJob(string name, string[] topics, params string[] sinks) : IStreamJob
    {
        public string Name => name;

        public void Build(StreamExecutionEnvironment env)
        {
            string brokers = env.Configuration["Kafka:bootstrap.servers"]!;
            KafkaSource<string> source = KafkaSource
                .Builder<string>()
                .SetBootstrapServers(brokers)
                .SetTopics(topics)
                .SetDeserializer(SimpleStringSchema.Instance)
                .Build();
            DataStream<string> lines = env.FromSource(source, WatermarkStrategy<string>.NoWatermarks()).WithUid("lines");
            foreach (string sink in sinks)
            {
                lines
                    .SinkTo(
                        KafkaSink
                            .Builder<string>()
                            .SetBootstrapServers(brokers)
                            .SetTopic(sink)
                            .SetValueSerializer(SimpleStringSchema.Instance)
                            .SetDeliveryGuarantee(DeliveryGuarantee.BestEffort)
                            .Build()
                    )
                    .WithUid(sink);
            }

            if (sinks.Length == 0)
            {
                lines.SinkTo(new NowhereSink()).WithUid("nowhere");
            }
        }
    }

    private sealed class NowhereSink : IDurableSink<string>
    {
        public DurableSinkGuarantee Guarantee => DurableSinkGuarantee.BestEffort;

        public IReadOnlyList<Topic> Topics => [new("test", "nowhere")];

        public void Validate(ICollection<string> errors)
        {
            // Nothing to validate.
        }

        public void Encode(string value, long timestamp, DataWriter output) => output.WriteString(value);

        public IDurableSinkSender CreateSender(ConnectorContext context) => throw new NotSupportedException("The app does not start.");
    }
}
