using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>The C struct <c>rd_kafka_topic_partition_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RdKafkaTopicPartition
{
    internal nint Topic;
    internal int Partition;
    internal long Offset;
    internal nint Metadata;
    internal nuint MetadataSize;
    internal nint Opaque;
    internal int Error;
    internal nint Private;
}
