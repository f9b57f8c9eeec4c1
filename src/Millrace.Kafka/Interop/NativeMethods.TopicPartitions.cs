using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Lib)]
    internal static partial RdKafkaTopicPartitionList* rd_kafka_topic_partition_list_new(int size);

    [LibraryImport(Lib)]
    internal static partial void rd_kafka_topic_partition_list_destroy(RdKafkaTopicPartitionList* list);

    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial RdKafkaTopicPartition* rd_kafka_topic_partition_list_add(
        RdKafkaTopicPartitionList* list,
        string topic,
        int partition
    );
}
