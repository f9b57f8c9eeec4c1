namespace Millrace.Kafka.Interop;

/// <summary>Hears of partitions that a consumer group gives and takes. Called on the thread that reads, inside the read.</summary>
internal interface IRebalanceListener
{
    /// <summary>Partitions are about to be assigned. Their offsets may be set in the list; -1001 = the group's committed offset.</summary>
    void OnAssigned(TopicPartitionList partitions);

    /// <summary>Partitions are about to be taken away.</summary>
    void OnRevoked(TopicPartitionList partitions);
}
