using Millrace.Connectors;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Consuming;

/// <summary>Asks brokers for topics, partitions and offsets, on any client.</summary>
internal static unsafe class OffsetQueries
{
    // Of the protocol's request ListOffsets.
    private const long LatestTimestamp = -1;

    /// <summary>All topics with their number of partitions.</summary>
    internal static Dictionary<string, int> AllTopics(KafkaHandle client, TimeSpan timeout)
    {
        int code = NativeMethods.rd_kafka_metadata(client, 1, 0, out RdKafkaMetadata* metadata, Milliseconds(timeout));
        KafkaErrors.ThrowIfError(code, "Listing the cluster's topics");
        try
        {
            Dictionary<string, int> topics = new(StringComparer.Ordinal);
            for (int i = 0; i < metadata->TopicCount; i++)
            {
                ref RdKafkaMetadataTopic topic = ref metadata->Topics[i];
                if (topic.Error == ErrorCodes.NoError)
                {
                    topics[Text(topic.Topic)] = topic.PartitionCount;
                }
            }

            return topics;
        }
        finally
        {
            NativeMethods.rd_kafka_metadata_destroy(metadata);
        }
    }

    /// <summary>Waits until a broker is connected and has answered; whether one did.</summary>
    internal static bool Connect(KafkaHandle client, TimeSpan timeout)
    {
        int code = NativeMethods.rd_kafka_metadata(client, 0, 0, out RdKafkaMetadata* metadata, Milliseconds(timeout));
        if (code != ErrorCodes.NoError)
        {
            return false;
        }

        NativeMethods.rd_kafka_metadata_destroy(metadata);
        return true;
    }

    /// <summary>Number of partitions of a topic.</summary>
    /// <exception cref="KafkaClientException">The topic does not exist, or no broker answers.</exception>
    internal static int PartitionCount(KafkaHandle client, string topic, TimeSpan timeout)
    {
        string subject = $"Looking up topic '{topic}'";
        nint handle = NativeMethods.rd_kafka_topic_new(client, topic, 0);
        if (handle == 0)
        {
            KafkaErrors.Throw(NativeMethods.rd_kafka_last_error(), subject);
        }

        try
        {
            int code = NativeMethods.rd_kafka_metadata(client, 0, handle, out RdKafkaMetadata* metadata, Milliseconds(timeout));
            KafkaErrors.ThrowIfError(code, subject);
            try
            {
                if (
                    metadata->TopicCount != 1
                    || (metadata->Topics[0].Error == ErrorCodes.NoError && metadata->Topics[0].PartitionCount == 0)
                )
                {
                    KafkaErrors.Throw(ErrorCodes.UnknownTopicOrPartition, subject);
                }

                KafkaErrors.ThrowIfError(metadata->Topics[0].Error, subject);
                return metadata->Topics[0].PartitionCount;
            }
            finally
            {
                NativeMethods.rd_kafka_metadata_destroy(metadata);
            }
        }
        finally
        {
            NativeMethods.rd_kafka_topic_destroy(handle);
        }
    }

    /// <summary>First offset and the one after the last (with read_committed: the last stable) record.</summary>
    internal static (long Low, long High) Watermarks(KafkaHandle client, string topic, int partition, TimeSpan timeout)
    {
        long low;
        long high;
        int code = NativeMethods.rd_kafka_query_watermark_offsets(client, topic, partition, &low, &high, Milliseconds(timeout));
        KafkaErrors.ThrowIfError(code, $"Asking for the offsets of {topic} [{partition}]");
        return (low, high);
    }

    /// <summary>
    /// The offset behind the last record of each partition (with read_committed: the last stable one), -1 where one fails.
    /// </summary>
    internal static long[] Ends(KafkaHandle client, IReadOnlyList<RawPosition> partitions, TimeSpan timeout)
    {
        using TopicPartitionList list = TopicPartitionList.Create(partitions.Count);
        foreach (RawPosition partition in partitions)
        {
            list.Add(partition.Topic, partition.Partition, LatestTimestamp);
        }

        int code = NativeMethods.rd_kafka_offsets_for_times(client, list.Native, Milliseconds(timeout));
        KafkaErrors.ThrowIfError(code, "Asking for the ends of partitions");
        long[] ends = new long[partitions.Count];
        for (int i = 0; i < ends.Length; i++)
        {
            ends[i] = list.Error(i) == ErrorCodes.NoError ? list.Offset(i) : -1;
        }

        return ends;
    }

    /// <summary>Replaces each timestamp in the list by the offset of the first record at or after it, -1 where there is none.</summary>
    internal static void ForTimes(KafkaHandle client, TopicPartitionList partitions, TimeSpan timeout)
    {
        int code = NativeMethods.rd_kafka_offsets_for_times(client, partitions.Native, Milliseconds(timeout));
        KafkaErrors.ThrowIfError(code, "Asking for offsets by timestamp");
        partitions.ThrowIfAnyFailed("Asking for the offset by timestamp");
    }

    /// <summary>Fills in the group's committed offsets, -1001 where there is none.</summary>
    internal static void Committed(KafkaHandle client, TopicPartitionList partitions, TimeSpan timeout)
    {
        int code = NativeMethods.rd_kafka_committed(client, partitions.Native, Milliseconds(timeout));
        KafkaErrors.ThrowIfError(code, "Asking for the group's committed offsets");
        partitions.ThrowIfAnyFailed("Asking for the group's committed offset");
    }

    private static string Text(nint utf8) => System.Runtime.InteropServices.Marshal.PtrToStringUTF8(utf8) ?? "";

    private static int Milliseconds(TimeSpan time) => (int)Math.Clamp(time.TotalMilliseconds, 1, int.MaxValue);
}
