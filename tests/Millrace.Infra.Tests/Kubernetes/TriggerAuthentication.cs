namespace Millrace.Infra.Tests.Kubernetes;

/// <summary>The part of KEDA's keda.sh/v1alpha1 TriggerAuthentication that is used here, read strictly.</summary>
internal sealed class TriggerAuthentication
{
    public required string ApiVersion { get; init; }

    public required string Kind { get; init; }

    public required ScaledObject.ResourceName Metadata { get; init; }

    public required AuthenticationSpec Spec { get; init; }

    internal sealed class AuthenticationSpec
    {
        public Identity? PodIdentity { get; init; }

        public List<SecretTarget> SecretTargetRef { get; init; } = [];
    }

    internal sealed class Identity
    {
        public required string Provider { get; init; }

        public string? IdentityId { get; init; }
    }

    internal sealed class SecretTarget
    {
        public required string Parameter { get; init; }

        public required string Name { get; init; }

        public required string Key { get; init; }
    }
}
