using System.Runtime.InteropServices;
using System.Text;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Producing;

/// <summary>Counts records that a producer could not deliver and keeps the first one's error.</summary>
internal sealed unsafe class DeliveryFailures
{
    private const string TooLargeLetter =
        "Raise max.message.bytes of the topic, or have letters shortened that it does not take: KafkaSink.DeadLetters(topic, maxBytes).";

    private int _code;
    private string _topic = "";
    private int _partition;
    private string? _letterOf;

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
                _letterOf = OriginOf(new KafkaMessage(message, _topic, timestamp: -1).Headers);
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
            : KafkaErrors.Create(
                _code,
                $"Kafka did not take {Count} record(s), the first for {_topic} [{_partition}]{_letterOf}",
                remedy: _letterOf is not null && _code == ErrorCodes.MessageTooLarge ? TooLargeLetter : remedy
            );

    // Of the record that a dead letter is about.
    private static string? OriginOf(KafkaHeaders headers) =>
        headers.TryGetLast(Encoding.UTF8.GetBytes(DeadLetterHeaders.Topic), out ReadOnlySpan<byte> topic)
        && headers.TryGetLast(Encoding.UTF8.GetBytes(DeadLetterHeaders.Partition), out ReadOnlySpan<byte> partition)
        && headers.TryGetLast(Encoding.UTF8.GetBytes(DeadLetterHeaders.Offset), out ReadOnlySpan<byte> offset)
            ? $", a dead letter of {Encoding.UTF8.GetString(topic)} [{Encoding.UTF8.GetString(partition)}] @ "
                + Encoding.UTF8.GetString(offset)
            : null;
}
