using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>The C struct <c>rd_kafka_metadata_topic_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RdKafkaMetadataTopic
{
    internal nint Topic;
    internal int PartitionCount;
    internal RdKafkaMetadataPartition* Partitions;
    internal int Error;
}

/// <summary>The C struct <c>rd_kafka_metadata_partition_t</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RdKafkaMetadataPartition
{
    internal int Id;
    internal int Error;
    internal int Leader;
    internal int ReplicaCount;
    internal nint Replicas;
    internal int InSyncCount;
    internal nint InSync;
}
