namespace Millrace.Kafka.Interop;

/// <summary>Bits of librdkafka's event types.</summary>
internal static class KafkaEvents
{
    internal const int DeliveryReport = 0x1;
    internal const int Error = 0x8;
    internal const int Stats = 0x40;
}
