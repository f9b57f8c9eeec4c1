using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>
/// A native list of topic partitions. Whoever made it with <see cref="Create"/> disposes it; a borrowed one is never disposed.
/// </summary>
internal readonly unsafe ref struct TopicPartitionList
{
    internal TopicPartitionList(RdKafkaTopicPartitionList* native) => Native = native;

    internal RdKafkaTopicPartitionList* Native { get; }

    internal int Count => Native->Count;

    internal static TopicPartitionList Create(int capacity) => new(NativeMethods.rd_kafka_topic_partition_list_new(capacity));

    internal void Add(string topic, int partition, long offset = LogicalOffset.Invalid) =>
        NativeMethods.rd_kafka_topic_partition_list_add(Native, topic, partition)->Offset = offset;

    internal string Topic(int index) => Marshal.PtrToStringUTF8(Native->Elements[index].Topic) ?? "";

    internal int Partition(int index) => Native->Elements[index].Partition;

    internal long Offset(int index) => Native->Elements[index].Offset;

    internal void SetOffset(int index, long offset) => Native->Elements[index].Offset = offset;

    internal int Error(int index) => Native->Elements[index].Error;

    /// <summary>Throws the first partition's error, if any has one.</summary>
    internal void ThrowIfAnyFailed(string operation)
    {
        for (int i = 0; i < Count; i++)
        {
            if (Error(i) != ErrorCodes.NoError)
            {
                KafkaErrors.Throw(Error(i), $"{operation} of {Topic(i)} [{Partition(i)}]");
            }
        }
    }

    /// <summary>Frees a list made by <see cref="Create"/>.</summary>
    public void Dispose() => NativeMethods.rd_kafka_topic_partition_list_destroy(Native);
}
