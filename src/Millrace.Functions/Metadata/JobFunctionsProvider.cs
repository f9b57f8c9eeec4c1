using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Core.FunctionMetadata;
using Millrace.Durable.Apps;
using Millrace.Functions.Configuration;
using Millrace.Functions.Http;
using Millrace.Functions.Jobs;
using Millrace.Functions.Outbox;

namespace Millrace.Functions.Metadata;

/// <summary>Generates the app's functions from the graphs of its jobs.</summary>
internal sealed class JobFunctionsProvider(JobCatalog catalog, MillraceOptions options) : IFunctionMetadataProvider
{
    private static readonly string ScriptFile = typeof(SourceFunction).Assembly.GetName().Name + ".dll";

    public Task<ImmutableArray<IFunctionMetadata>> GetFunctionMetadataAsync(string directory) =>
        Task.FromResult(Create().ToImmutableArray());

    private IEnumerable<IFunctionMetadata> Create()
    {
        foreach (SourceFunctionEntry source in catalog.SourceFunctions)
        {
            yield return Function(source.FunctionName, SourceFunction.EntryPoint, Trigger(source), Client());
        }

        yield return Function(TaskKey.EntityName, TaskFunction.EntryPoint, Binding("dispatcher", "entityTrigger"));
        JsonObject timer = Binding("timer", "timerTrigger");
        timer["schedule"] = options.TickSchedule;
        yield return Function("millrace-tick", TickFunction.EntryPoint, timer, Client());
        foreach (IFunctionMetadata outbox in Outbox())
        {
            yield return outbox;
        }

        foreach ((string name, string entryPoint, string method, string route, bool isOpen) in JobsApi.Routes)
        {
            JsonObject trigger = Binding("request", "httpTrigger");
            trigger["authLevel"] = isOpen ? "Anonymous" : "Function";
            trigger["methods"] = new JsonArray(method);
            trigger["route"] = route;
            JsonObject result = Binding("$return", "http", "Out");
            yield return isOpen || !JobsApi.NeedsClient(name)
                ? Function(name, entryPoint, trigger, result)
                : Function(name, entryPoint, trigger, Client(), result);
        }
    }

    private IEnumerable<IFunctionMetadata> Outbox()
    {
        bool any = false;
        foreach ((string name, string topic) in catalog.OutboxFunctions)
        {
            any = true;
            JsonObject output = Kafka("Records", "kafka", "Out", topic);
            yield return Function(name, OutboxFunctions.ActivityEntryPoint, Binding("input", "activityTrigger"), output);
        }

        if (any)
        {
            yield return Function(
                OutboxFunctions.OrchestratorName,
                OutboxFunctions.OrchestratorEntryPoint,
                Binding("context", "orchestrationTrigger")
            );
        }
    }

    private JsonObject Trigger(SourceFunctionEntry source)
    {
        JsonObject trigger = Kafka("records", "kafkaTrigger", "In", source.Topic);
        trigger["consumerGroup"] = source.ConsumerGroup;
        trigger["cardinality"] = "Many";
        trigger["keyDataType"] = "Binary";
        trigger["lagThreshold"] = options.LagThreshold;
        trigger["properties"] = new JsonObject { ["supportsDeferredBinding"] = "True" };
        return trigger;
    }

    private JsonObject Kafka(string name, string type, string direction, string topic)
    {
        JsonObject binding = Binding(name, type, direction);
        binding["brokerList"] = $"%{options.BrokersSetting}%";
        binding["topic"] = topic;
        if (options.IsAuthenticated && options.BrokersPrefix is { } prefix)
        {
            binding["protocol"] = "SaslSsl";
            binding["authenticationMode"] = "Plain";
            binding["username"] = $"%{prefix}Username%";
            binding["password"] = $"%{prefix}Password%";
        }

        return binding;
    }

    private static JsonObject Client() => Binding("client", "durableClient");

    private static JsonObject Binding(string name, string type, string direction = "In") =>
        new()
        {
            ["name"] = name,
            ["type"] = type,
            ["direction"] = direction,
        };

    private static DefaultFunctionMetadata Function(string name, string entryPoint, params JsonObject[] bindings) =>
        new()
        {
            Name = name,
            EntryPoint = entryPoint,
            ScriptFile = ScriptFile,
            Language = "dotnet-isolated",
            RawBindings = [.. bindings.Select(binding => binding.ToJsonString())],
        };
}
