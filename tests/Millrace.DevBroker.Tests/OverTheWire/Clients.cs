namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>
/// The clients that judge the broker; none of them is ours. Every test over the wire says which one it uses as its trait <c>Client</c>.
/// </summary>
internal static class Clients
{
    public const string Trait = "Client";
    public const string Librdkafka = "Confluent.Kafka 2.16.0 on librdkafka 2.16.0";
    public const string Kcat = "kcat 1.7.1 on librdkafka 2.0.2";
    public const string KafkaJs = "kafkajs 2.2.4";
    public const string Platformatic = "@platformatic/kafka 1.35.0";
}
