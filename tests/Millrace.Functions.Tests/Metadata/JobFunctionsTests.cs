using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millrace.Functions.Tests.Configuration;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Kafka;
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

    private static async Task<IFunctionMetadata[]> FunctionsAsync(DeliveryGuarantee guarantee)
    {
        HostApplicationBuilder builder = ConfigurationTests.Compose(
            new CountJob(guarantee),
            ("KafkaBrokers", "localhost:9092"), ("KafkaUsername", "user"), ("KafkaPassword", "secret"), ("AzureWebJobsStorage", "UseDevelopmentStorage=true"));
        using IHost host = builder.Build();
        return [.. await host.Services.GetRequiredService<IFunctionMetadataProvider>().GetFunctionMetadataAsync("")];
    }
}
