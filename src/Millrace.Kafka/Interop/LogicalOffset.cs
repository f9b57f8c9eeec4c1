namespace Millrace.Kafka.Interop;

/// <summary>librdkafka's offsets that are no numbers.</summary>
internal static class LogicalOffset
{
    internal const long Beginning = -2;
    internal const long End = -1;
    internal const long Stored = -1000;
    internal const long Invalid = -1001;
}
