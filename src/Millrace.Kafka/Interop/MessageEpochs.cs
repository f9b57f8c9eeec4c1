using System.Runtime.InteropServices;

namespace Millrace.Kafka.Interop;

/// <summary>Leader epochs of messages, which librdkafka gives from 2.1 on.</summary>
internal static unsafe class MessageEpochs
{
    private static readonly delegate* unmanaged[Cdecl]<RdKafkaMessage*, int> Get = Find();

    /// <summary>The epoch; -1 = not known.</summary>
    internal static int Of(RdKafkaMessage* message) => Get == null ? -1 : Get(message);

    private static delegate* unmanaged[Cdecl]<RdKafkaMessage*, int> Find() =>
        NativeLibrary.TryGetExport(LibrdkafkaLoader.Handle, "rd_kafka_message_leader_epoch", out nint export)
            ? (delegate* unmanaged[Cdecl]<RdKafkaMessage*, int>)export
            : null;
}
