using System.Buffers;
using System.Globalization;
using System.Text;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Errors;

namespace Millrace.Kafka.Sinks;

/// <summary>Writes dead letters of user code: the original record as it was, or what is known of a record that has none, as JSON.</summary>
internal sealed class DeadLetterSerializationSchema : IKafkaSerializationSchema<DeadLetter>
{
    private const string OwnPrefix = "millrace-dlq-";

    public void Serialize(DeadLetter element, KafkaProducerRecord record)
    {
        int attempt = 1;
        if (element.Original is { } original)
        {
            attempt = WriteOriginal(original, record);
        }
        else
        {
            record.Value.Write(element.Record.Span);
            record.AddHeader(DeadLetterHeaders.Record, "json");
        }

        if (element.Topic is { } topic)
        {
            record.AddHeader(DeadLetterHeaders.Topic, topic);
            record.AddHeader(DeadLetterHeaders.Partition, Text(element.Partition));
            record.AddHeader(DeadLetterHeaders.Offset, Text(element.Offset));
        }

        record.AddHeader(DeadLetterHeaders.Exception, element.Exception);
        record.AddHeader(DeadLetterHeaders.Attempt, Text(attempt));
        record.AddHeader(DeadLetterHeaders.Operator, element.OperatorUid);
        if (element.Key is { } key)
        {
            record.AddHeader(DeadLetterHeaders.Key, key);
        }

        if (element.Window is { } window)
        {
            record.AddHeader(DeadLetterHeaders.Window, window);
        }
    }

    // Returns which attempt has failed.
    private static int WriteOriginal(RawRecord original, KafkaProducerRecord record)
    {
        int attempt = 1;
        record.Timestamp = original.Timestamp == RecordBatch.NoTimestamp ? 0 : Math.Max(original.Timestamp, 0);
        if (original.Key is { } key)
        {
            record.Key.Write(key.Span);
        }

        if (original.Value is { } value)
        {
            record.Value.Write(value.Span);
        }
        else
        {
            record.IsTombstone = true;
        }

        foreach ((string name, byte[]? header) in original.Headers)
        {
            // A letter that was sent back and failed again says where it failed now, once.
            if (name == DeadLetterHeaders.Attempt && int.TryParse(header, CultureInfo.InvariantCulture, out int earlier))
            {
                attempt = earlier + 1;
            }

            if (name.StartsWith(OwnPrefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (header is null)
            {
                record.AddNullHeader(Encoding.UTF8.GetBytes(name));
            }
            else
            {
                record.AddHeader(Encoding.UTF8.GetBytes(name), header);
            }
        }

        return attempt;
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
