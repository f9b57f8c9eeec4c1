namespace Millrace.Embedded.Infrastructure.Keda;

/// <summary>Kubernetes' v1 ConfigMap: settings of the app.</summary>
/// <param name="name">Its name.</param>
/// <param name="data">Names of variables and their values.</param>
internal sealed class ConfigMap(string name, IReadOnlyDictionary<string, string> data)
{
    public string ApiVersion => "v1";

    public string Kind => "ConfigMap";

    public ObjectName Metadata { get; } = new(name);

    public IReadOnlyDictionary<string, string> Data { get; } = data;
}
