using System.Runtime.InteropServices;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Producing;

/// <summary>Counts records that a producer could not deliver and keeps the first one's error.</summary>
internal sealed unsafe class DeliveryFailures
{
    private int _code;
    private string _topic = "";
    private int _partition;

    internal long Count { get; private set; }

    /// <summary>The first one's error.</summary>
    internal int Code => _code;

    internal void Add(nint deliveryReport)
    {
        while (true)
        {
            RdKafkaMessage* message = NativeMethods.rd_kafka_event_message_next(deliveryReport);
            if (message == null)
            {
                return;
            }

            if (message->Error == ErrorCodes.NoError)
            {
                continue;
            }

            if (Count++ == 0)
            {
                _code = message->Error;
                _topic = Marshal.PtrToStringUTF8(NativeMethods.rd_kafka_topic_name(message->Topic)) ?? "";
                _partition = message->Partition;
            }
        }
    }

    internal static void ForEach(nint deliveryReport, UndeliveredRecord action)
    {
        while (true)
        {
            RdKafkaMessage* message = NativeMethods.rd_kafka_event_message_next(deliveryReport);
            if (message == null)
            {
                return;
            }

            if (message->Error != ErrorCodes.NoError)
            {
                action(message);
            }
        }
    }

    internal void Reset() => Count = 0;

    /// <summary>The failure as an exception; <see langword="null"/> when all is well.</summary>
    /// <param name="remedy">What to do; <see langword="null"/> = what the error's code says.</param>
    internal KafkaClientException? ToException(string? remedy) =>
        Count == 0
            ? null
            : KafkaErrors.Create(_code, $"Kafka did not take {Count} record(s), the first for {_topic} [{_partition}]", remedy: remedy);
}
