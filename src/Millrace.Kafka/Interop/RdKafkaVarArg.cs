using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>The C struct <c>rd_kafka_vu_t</c>: one tagged argument of <c>rd_kafka_produceva</c>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
internal unsafe struct RdKafkaVarArg
{
    internal const int TopicHandle = 2;
    internal const int PartitionTag = 3;
    internal const int ValueTag = 4;
    internal const int KeyTag = 5;
    internal const int OpaqueTag = 6;
    internal const int FlagsTag = 7;
    internal const int TimestampTag = 8;
    internal const int HeadersTag = 10;

    [FieldOffset(0)]
    internal int Tag;

    [FieldOffset(8)]
    internal void* Pointer;

    [FieldOffset(8)]
    internal int Int32;

    [FieldOffset(8)]
    internal long Int64;

    [FieldOffset(16)]
    internal nuint Size;
}
