namespace Millrace.Infra.Tests.Kubernetes;

/// <summary>
/// The part of KEDA's keda.sh/v1alpha1 ScaledObject that is used here. Read strictly: a property that is not here is an error,
/// as it is at the API server.
/// </summary>
internal sealed class ScaledObject
{
    public required string ApiVersion { get; init; }

    public required string Kind { get; init; }

    public required ResourceName Metadata { get; init; }

    public required ScaledObjectSpec Spec { get; init; }

    internal sealed class ResourceName
    {
        public required string Name { get; init; }

        public string? Namespace { get; init; }

        public Dictionary<string, string> Labels { get; init; } = [];
    }

    internal sealed class ScaledObjectSpec
    {
        public required Target ScaleTargetRef { get; init; }

        public int PollingInterval { get; init; } = 30;

        public int CooldownPeriod { get; init; } = 300;

        public int MinReplicaCount { get; init; }

        public int MaxReplicaCount { get; init; } = 100;

        public FallbackReplicas? Fallback { get; init; }

        public Dictionary<string, object> Advanced { get; init; } = [];

        public required List<Trigger> Triggers { get; init; }
    }

    internal sealed class Target
    {
        public required string Name { get; init; }

        public string? EnvSourceContainerName { get; init; }
    }

    internal sealed class FallbackReplicas
    {
        public required int FailureThreshold { get; init; }

        public required int Replicas { get; init; }
    }

    internal sealed class Trigger
    {
        public required string Type { get; init; }

        public string? Name { get; init; }

        public Reference? AuthenticationRef { get; init; }

        public required Dictionary<string, string> Metadata { get; init; }
    }

    internal sealed class Reference
    {
        public required string Name { get; init; }
    }
}
