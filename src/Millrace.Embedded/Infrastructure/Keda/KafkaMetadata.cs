using YamlDotNet.Serialization;

namespace Millrace.Embedded.Infrastructure.Keda;

/// <summary>What KEDA's kafka scaler reads.</summary>
/// <param name="topic">The topic.</param>
/// <param name="consumerGroup">Whose lag counts.</param>
/// <param name="lagThreshold">Records per instance.</param>
internal sealed class KafkaMetadata(string topic, string consumerGroup, string lagThreshold)
{
    public string BootstrapServersFromEnv => "KafkaBrokers";

    public string Topic { get; } = topic;

    public string ConsumerGroup { get; } = consumerGroup;

    public string LagThreshold { get; } = lagThreshold;

    [YamlMember(Description = "A transaction marker leaves a lag of one record for ever.")]
    public string ActivationLagThreshold => "1";

    public string OffsetResetPolicy => "earliest";

    public string Sasl => "plaintext";

    public string Tls => "enable";
}
