using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>The C struct <c>rd_kafka_topic_partition_list_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RdKafkaTopicPartitionList
{
    internal int Count;
    internal int Size;
    internal RdKafkaTopicPartition* Elements;
}
