using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_produceva(nint client, RdKafkaVarArg* arguments, nuint count);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_produce_batch(nint topic, int partition, int flags, RdKafkaMessage* messages, int count);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_flush(KafkaHandle client, int timeoutMs);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_outq_len(KafkaHandle client);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_queue_get_main(KafkaHandle client);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_queue_poll(QueueHandle queue, int timeoutMs);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_event_type(nint e);

    [LibraryImport(Lib)]
    internal static partial RdKafkaMessage* rd_kafka_event_message_next(nint e);

    [LibraryImport(Lib)]
    internal static partial byte* rd_kafka_event_stats(nint e);

    [LibraryImport(Lib)]
    internal static partial void rd_kafka_event_destroy(nint e);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_headers_new(nuint capacity);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_header_add(nint headers, byte* name, nint nameSize, byte* value, nint valueSize);

    [LibraryImport(Lib)]
    internal static partial void rd_kafka_headers_destroy(nint headers);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_init_transactions(KafkaHandle client, int timeoutMs);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_begin_transaction(KafkaHandle client);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_commit_transaction(KafkaHandle client, int timeoutMs);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_abort_transaction(KafkaHandle client, int timeoutMs);
}
