using System.Runtime.InteropServices;
using Millrace.Kafka.Interop;

namespace Millrace.Benchmarks.DevBroker;

/// <summary>The few calls of librdkafka that the benchmark needs.</summary>
internal static unsafe partial class RdKafka
{
    private const string Library = "librdkafka";

    /// <summary>Takes the same copy of the library as the product does.</summary>
    static RdKafka() => NativeLibrary.SetDllImportResolver(typeof(RdKafka).Assembly, static (_, _, _) => LibrdkafkaLoader.Handle);

    [StructLayout(LayoutKind.Sequential)]
    internal struct Message
    {
        public int Error;
        public nint Topic;
        public int Partition;
        public byte* Payload;
        public nuint Length;
        public byte* Key;
        public nuint KeyLength;
        public long Offset;
        public nint Private;
    }

    [LibraryImport(Library, EntryPoint = "rd_kafka_version_str")]
    public static partial nint Version();

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_new")]
    public static partial nint NewConfig();

    [LibraryImport(Library, EntryPoint = "rd_kafka_conf_set", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int SetConfig(nint config, string name, string value, byte* error, nuint errorSize);

    [LibraryImport(Library, EntryPoint = "rd_kafka_new")]
    public static partial nint NewClient(int type, nint config, byte* error, nuint errorSize);

    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_new", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint NewTopic(nint client, string topic, nint config);

    [LibraryImport(Library, EntryPoint = "rd_kafka_topic_destroy")]
    public static partial void DestroyTopic(nint topic);

    [LibraryImport(Library, EntryPoint = "rd_kafka_produce_batch")]
    public static partial int ProduceBatch(nint topic, int partition, int flags, Message* messages, int count);

    [LibraryImport(Library, EntryPoint = "rd_kafka_poll")]
    public static partial int Poll(nint client, int timeoutMs);

    [LibraryImport(Library, EntryPoint = "rd_kafka_flush")]
    public static partial int Flush(nint client, int timeoutMs);

    [LibraryImport(Library, EntryPoint = "rd_kafka_consume_start")]
    public static partial int ConsumeStart(nint topic, int partition, long offset);

    [LibraryImport(Library, EntryPoint = "rd_kafka_consume_batch")]
    public static partial nint ConsumeBatch(nint topic, int partition, int timeoutMs, nint* messages, nuint size);

    [LibraryImport(Library, EntryPoint = "rd_kafka_consume_stop")]
    public static partial int ConsumeStop(nint topic, int partition);

    [LibraryImport(Library, EntryPoint = "rd_kafka_message_destroy")]
    public static partial void DestroyMessage(nint message);

    [LibraryImport(Library, EntryPoint = "rd_kafka_destroy")]
    public static partial void DestroyClient(nint client);
}
