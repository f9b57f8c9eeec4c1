using YamlDotNet.Serialization;

namespace Millrace.Embedded.Infrastructure.Keda;

/// <summary>What KEDA's kafka scaler reads.</summary>
/// <param name="topic">The topic.</param>
/// <param name="consumerGroup">Whose lag counts.</param>
/// <param name="lagThreshold">Records per instance.</param>
/// <param name="partitions">Partitions of the topic.</param>
internal sealed class KafkaMetadata(string topic, string consumerGroup, string lagThreshold, string partitions)
{
    public string BootstrapServersFromEnv => "KafkaBrokers";

    public string Topic { get; } = topic;

    public string ConsumerGroup { get; } = consumerGroup;

    public string LagThreshold { get; } = lagThreshold;

    [YamlMember(
        Description = "One per partition: a transaction's marker is never read and leaves a lag of one. So few records wait for the tick."
    )]
    public string ActivationLagThreshold { get; } = partitions;

    public string OffsetResetPolicy => "earliest";

    public string Sasl => "plaintext";

    public string Tls => "enable";
}
