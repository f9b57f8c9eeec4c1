using System.Text.Json.Nodes;
using Millrace.Functions.TestHost.Protocol;

namespace Millrace.Functions.TestHost;

/// <summary>A function as the worker describes it.</summary>
internal sealed class HostFunction
{
    private readonly JsonObject[] _bindings;

    public HostFunction(RpcFunctionMetadata metadata)
    {
        Metadata = metadata;
        _bindings = [.. metadata.RawBindings.Select(binding => JsonNode.Parse(binding)!.AsObject())];
    }

    public RpcFunctionMetadata Metadata { get; }

    public string Name => Metadata.Name;

    public string Id => Metadata.FunctionId;

    public JsonObject Trigger => _bindings.Single(binding => TypeOf(binding).EndsWith("Trigger", StringComparison.OrdinalIgnoreCase));

    public string TriggerType => TypeOf(Trigger);

    public string TriggerName => Text(Trigger, "name")!;

    /// <summary>The parameters that take the durable client.</summary>
    public IEnumerable<string> Clients =>
        _bindings.Where(binding => Is(TypeOf(binding), "durableClient")).Select(binding => Text(binding, "name")!);

    /// <summary>The Kafka output of that name.</summary>
    public JsonObject? Output(string name) =>
        Array.Find(_bindings, binding => Is(TypeOf(binding), "kafka") && Is(Text(binding, "name"), name));

    /// <summary>A binding's property, whatever the case of its name.</summary>
    public static string? Text(JsonObject binding, string name) =>
        binding.FirstOrDefault(property => Is(property.Key, name)).Value?.ToString();

    public static bool Is(string? left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    private static string TypeOf(JsonObject binding) => Text(binding, "type") ?? "";
}
