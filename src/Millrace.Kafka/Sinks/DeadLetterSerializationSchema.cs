using System.Buffers;
using System.Globalization;
using System.Text;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Kafka.Sources;

namespace Millrace.Kafka.Sinks;

/// <summary>Writes dead letters: the original record as it was, or what is known of a record that has none, as JSON.</summary>
/// <param name="maxBytes">Bytes of key, value and headers above which a letter is shortened.</param>
internal sealed class DeadLetterSerializationSchema(int maxBytes) : IKafkaSerializationSchema<DeadLetter>
{
    public const int LeastMaxBytes = 4096;
    private const string OwnPrefix = "millrace-dlq-";
    private const int ShortenedBytes = 1024;

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
            record.AddHeader(
                DeadLetterHeaders.Id,
                Letter.IdOf($"{element.JobName}/{element.OperatorUid}", topic, element.Partition, element.Offset, attempt)
            );
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
    private int WriteOriginal(RawRecord original, KafkaProducerRecord record)
    {
        bool isShortened = SizeOf(original) > maxBytes;
        int most = isShortened ? ShortenedBytes : int.MaxValue;
        record.Timestamp = original.Timestamp == RecordBatch.NoTimestamp ? 0 : Math.Max(original.Timestamp, 0);
        if (original.Key is { } key && key.Length <= most)
        {
            record.Key.Write(key.Span);
        }

        if (original.Value is { } value)
        {
            record.Value.Write(value.Span[..Math.Min(value.Length, most)]);
        }
        else
        {
            record.IsTombstone = true;
        }

        if (isShortened)
        {
            record.AddHeader(DeadLetterHeaders.OriginalSize, Text(original.Value?.Length ?? -1));
        }

        int attempt = 1;
        bool keepsHeaders = original.Headers.Sum(SizeOf) <= most;
        foreach ((string name, byte[]? header) in original.Headers)
        {
            // A letter that was sent back and failed again says where it failed now, once.
            if (name == DeadLetterHeaders.Attempt && int.TryParse(header, CultureInfo.InvariantCulture, out int earlier))
            {
                attempt = earlier + 1;
            }

            if (!keepsHeaders || name.StartsWith(OwnPrefix, StringComparison.Ordinal))
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

    private static int SizeOf(RawRecord record) => (record.Key?.Length ?? 0) + (record.Value?.Length ?? 0) + record.Headers.Sum(SizeOf);

    private static int SizeOf(KeyValuePair<string, byte[]?> header) => header.Key.Length + (header.Value?.Length ?? 0);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
