using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>The C struct <c>rd_kafka_metadata_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RdKafkaMetadata
{
    internal int BrokerCount;
    internal nint Brokers;
    internal int TopicCount;
    internal RdKafkaMetadataTopic* Topics;
    internal int OriginBrokerId;
    internal nint OriginBrokerName;
}
