using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>The C struct <c>rd_kafka_message_t</c>. Its memory belongs to librdkafka until <c>rd_kafka_message_destroy</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct RdKafkaMessage
{
    internal int Error;
    internal nint Topic;
    internal int Partition;
    internal byte* Value;
    internal nuint ValueLength;
    internal byte* Key;
    internal nuint KeyLength;
    internal long Offset;
    internal nint Private;
}
