using YamlDotNet.Serialization;

namespace Millrace.Embedded.Infrastructure.Keda;

/// <summary>KEDA's keda.sh/v1alpha1 ScaledObject: when there are how many instances.</summary>
/// <param name="maxReplicaCount">Most instances.</param>
/// <param name="triggers">What scales them.</param>
internal sealed class ScaledObject(int maxReplicaCount, IReadOnlyList<Trigger> triggers)
{
    public string ApiVersion => "keda.sh/v1alpha1";

    public string Kind => "ScaledObject";

    public ObjectName Metadata { get; } = new("millrace");

    public ScaledObjectSpec Spec { get; } = new(maxReplicaCount, triggers);

    internal sealed class ScaledObjectSpec(int maxReplicaCount, IReadOnlyList<Trigger> triggers)
    {
        public ScaleTarget ScaleTargetRef { get; } = new();

        public int PollingInterval => 15;

        public int CooldownPeriod => 300;

        public int MinReplicaCount => 0;

        [YamlMember(
            Description = "No more instances than have something to do: one per partition of the largest topic, or per control queue."
        )]
        public int MaxReplicaCount { get; } = maxReplicaCount;

        public FallbackReplicas Fallback { get; } = new();

        public AdvancedSpec Advanced { get; } = new();

        public IReadOnlyList<Trigger> Triggers { get; } = triggers;
    }

    internal sealed class ScaleTarget
    {
        public string Name => "millrace";

        public string EnvSourceContainerName => "functions";
    }

    internal sealed class FallbackReplicas
    {
        public int FailureThreshold => 4;

        public int Replicas => 1;
    }

    internal sealed class AdvancedSpec
    {
        public HpaConfig HorizontalPodAutoscalerConfig { get; } = new();
    }

    internal sealed class HpaConfig
    {
        [YamlMember(Description = "Every instance that leaves moves partitions: fast up, slow down.")]
        public HpaBehavior Behavior { get; } = new();
    }

    internal sealed class HpaBehavior
    {
        public HpaRules ScaleUp { get; } = new(0, new HpaPolicy("Percent", 100, 30));

        public HpaRules ScaleDown { get; } = new(300, new HpaPolicy("Pods", 1, 60));
    }

    internal sealed class HpaRules(int stabilizationWindowSeconds, params IReadOnlyList<HpaPolicy> policies)
    {
        public int StabilizationWindowSeconds { get; } = stabilizationWindowSeconds;

        public IReadOnlyList<HpaPolicy> Policies { get; } = policies;
    }

    internal sealed record HpaPolicy(string Type, int Value, int PeriodSeconds);
}
