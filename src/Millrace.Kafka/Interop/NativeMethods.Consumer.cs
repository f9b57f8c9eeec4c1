using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Lib)]
    internal static partial int rd_kafka_poll_set_consumer(KafkaHandle client);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_queue_get_consumer(KafkaHandle client);

    [LibraryImport(Lib)]
    internal static partial void rd_kafka_queue_destroy(nint queue);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_consume_batch_queue(QueueHandle queue, int timeoutMs, RdKafkaMessage** messages, nuint size);

    [LibraryImport(Lib)]
    internal static partial void rd_kafka_message_destroy(RdKafkaMessage* message);

    [LibraryImport(Lib)]
    [SuppressGCTransition]
    internal static partial long rd_kafka_message_timestamp(RdKafkaMessage* message, int* type);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_message_headers(RdKafkaMessage* message, out nint headers);

    [LibraryImport(Lib)]
    [SuppressGCTransition]
    internal static partial nuint rd_kafka_header_cnt(nint headers);

    [LibraryImport(Lib)]
    [SuppressGCTransition]
    internal static partial int rd_kafka_header_get_all(nint headers, nuint index, byte** name, byte** value, nuint* size);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_subscribe(KafkaHandle client, RdKafkaTopicPartitionList* topics);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_assign(nint client, RdKafkaTopicPartitionList* partitions);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_incremental_assign(nint client, RdKafkaTopicPartitionList* partitions);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_incremental_unassign(nint client, RdKafkaTopicPartitionList* partitions);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_rebalance_protocol(nint client);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_seek_partitions(KafkaHandle client, RdKafkaTopicPartitionList* partitions, int timeoutMs);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_pause_partitions(KafkaHandle client, RdKafkaTopicPartitionList* partitions);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_resume_partitions(KafkaHandle client, RdKafkaTopicPartitionList* partitions);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_commit(KafkaHandle client, RdKafkaTopicPartitionList* offsets, int async);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_committed(KafkaHandle client, RdKafkaTopicPartitionList* partitions, int timeoutMs);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_offsets_for_times(KafkaHandle client, RdKafkaTopicPartitionList* offsets, int timeoutMs);

    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rd_kafka_query_watermark_offsets(
        KafkaHandle client,
        string topic,
        int partition,
        long* low,
        long* high,
        int timeoutMs
    );

    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rd_kafka_get_watermark_offsets(KafkaHandle client, string topic, int partition, long* low, long* high);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_consumer_close(KafkaHandle client);
}
