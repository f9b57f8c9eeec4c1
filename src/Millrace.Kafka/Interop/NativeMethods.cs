using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>
/// The part of librdkafka's C API that Millrace uses. Every function here exists in librdkafka 2.0.2 (Debian 12) and in the newest;
/// a test checks the exports. Functions taking <see cref="nint"/> are called per record or own their handle otherwise.
/// </summary>
internal static partial class NativeMethods
{
    private const string Lib = LibrdkafkaLoader.LibraryName;

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_version();

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_version_str();

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_conf_new();

    [LibraryImport(Lib)]
    internal static partial void rd_kafka_conf_destroy(nint conf);

    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int rd_kafka_conf_set(nint conf, string name, string value, byte* error, nuint errorSize);

    [LibraryImport(Lib)]
    internal static partial void rd_kafka_conf_set_opaque(nint conf, nint opaque);

    [LibraryImport(Lib)]
    internal static partial void rd_kafka_conf_set_events(nint conf, int events);

    [LibraryImport(Lib)]
    internal static unsafe partial void rd_kafka_conf_set_log_cb(
        nint conf,
        delegate* unmanaged[Cdecl]<nint, int, byte*, byte*, void> callback
    );

    [LibraryImport(Lib)]
    internal static unsafe partial void rd_kafka_conf_set_error_cb(
        nint conf,
        delegate* unmanaged[Cdecl]<nint, int, byte*, nint, void> callback
    );

    [LibraryImport(Lib)]
    internal static unsafe partial void rd_kafka_conf_set_rebalance_cb(
        nint conf,
        delegate* unmanaged[Cdecl]<nint, int, RdKafkaTopicPartitionList*, nint, void> callback
    );

    [LibraryImport(Lib)]
    internal static unsafe partial nint rd_kafka_new(int type, nint conf, byte* error, nuint errorSize);

    [LibraryImport(Lib)]
    internal static partial void rd_kafka_destroy_flags(nint client, int flags);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_opaque(nint client);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_poll(KafkaHandle client, int timeoutMs);

    [LibraryImport(Lib)]
    internal static partial void rd_kafka_set_log_level(KafkaHandle client, int level);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_err2str(int error);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_err2name(int error);

    [LibraryImport(Lib)]
    internal static unsafe partial int rd_kafka_fatal_error(KafkaHandle client, byte* error, nuint errorSize);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_last_error();

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_error_code(nint error);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_error_string(nint error);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_error_is_fatal(nint error);

    [LibraryImport(Lib)]
    internal static partial int rd_kafka_error_is_retriable(nint error);

    [LibraryImport(Lib)]
    internal static partial void rd_kafka_error_destroy(nint error);

    [LibraryImport(Lib, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint rd_kafka_topic_new(KafkaHandle client, string topic, nint conf);

    [LibraryImport(Lib)]
    internal static partial void rd_kafka_topic_destroy(nint topic);

    [LibraryImport(Lib)]
    internal static partial nint rd_kafka_topic_name(nint topic);

    [LibraryImport(Lib)]
    internal static unsafe partial int rd_kafka_metadata(
        KafkaHandle client,
        int allTopics,
        nint onlyTopic,
        out RdKafkaMetadata* metadata,
        int timeoutMs
    );

    [LibraryImport(Lib)]
    internal static unsafe partial void rd_kafka_metadata_destroy(RdKafkaMetadata* metadata);
}
