using System.Globalization;
using System.Text;
using Millrace.Kafka;

namespace Millrace.Embedded.Hosting;

/// <summary>Reads dead letters, and writes them back where they came from.</summary>
/// <param name="to">Where to write them instead; <see langword="null"/> = where each came from.</param>
internal sealed class DeadLetterSchema(string? to = null) : IKafkaDeserializationSchema<DeadLetter>, IKafkaSerializationSchema<DeadLetter>
{
    private long _others;

    /// <summary>Records that were read and are no dead letters.</summary>
    public long Others => Interlocked.Read(ref _others);

    public bool TryDeserialize(in KafkaMessage message, out DeadLetter value)
    {
        KafkaHeaders headers = message.Headers;
        List<KeyValuePair<string, byte[]?>> own = [];
        for (int i = 0; i < headers.Count; i++)
        {
            // The number of attempts goes along, so that a letter that fails again says so.
            string name = Encoding.UTF8.GetString(headers[i].Name);
            if (!IsOwn(name) || name == DeadLetterHeaders.Attempt)
            {
                own.Add(KeyValuePair.Create(name, headers[i].IsNull ? null : headers[i].Value.ToArray()));
            }
        }

        value = new DeadLetter(
            Text(headers, DeadLetterHeaders.Topic),
            Number(headers, DeadLetterHeaders.Partition),
            long.TryParse(Text(headers, DeadLetterHeaders.Offset), CultureInfo.InvariantCulture, out long offset) ? offset : -1,
            Text(headers, DeadLetterHeaders.Exception),
            Describe(headers),
            Text(headers, DeadLetterHeaders.Record).Length == 0,
            Number(headers, DeadLetterHeaders.Attempt),
            message.Timestamp,
            message.HasKey ? message.Key.ToArray() : null,
            message.IsTombstone ? null : message.Value.ToArray(),
            own,
            int.TryParse(Text(headers, DeadLetterHeaders.OriginalSize), CultureInfo.InvariantCulture, out int size) ? size : null
        );

        // What names neither an origin nor an operator is no dead letter.
        bool isLetter = value.Topic.Length > 0 || value.Operator.Length > 0;
        if (!isLetter)
        {
            Interlocked.Increment(ref _others);
        }
        return isLetter;
    }

    public void Serialize(DeadLetter value, KafkaProducerRecord record)
    {
        record.Topic = to ?? value.Topic;
        record.Timestamp = value.Timestamp;
        if (value.Key is { } key)
        {
            System.Buffers.BuffersExtensions.Write(record.Key, key);
        }
        if (value.Value is { } content)
        {
            System.Buffers.BuffersExtensions.Write(record.Value, content);
        }
        else
        {
            record.IsTombstone = true;
        }
        foreach ((string name, byte[]? header) in value.Headers)
        {
            if (header is null)
            {
                record.AddNullHeader(Encoding.UTF8.GetBytes(name));
            }
            else
            {
                record.AddHeader(Encoding.UTF8.GetBytes(name), header);
            }
        }
    }

    /// <summary>Whether a header tells of the failure.</summary>
    public static bool IsOwn(string header) => header.StartsWith("millrace-dlq-", StringComparison.Ordinal);

    private static string Describe(KafkaHeaders headers) =>
        string.Join(
            ' ',
            new[]
            {
                Text(headers, DeadLetterHeaders.Operator),
                Named(headers, "key", DeadLetterHeaders.Key),
                Text(headers, DeadLetterHeaders.Window),
            }.Where(text => text.Length > 0)
        );

    private static string Named(KafkaHeaders headers, string name, string header) =>
        Text(headers, header) is { Length: > 0 } text ? $"{name}={text}" : "";

    private static string Text(KafkaHeaders headers, string name) =>
        headers.TryGetLast(Encoding.UTF8.GetBytes(name), out ReadOnlySpan<byte> value) ? Encoding.UTF8.GetString(value) : "";

    private static int Number(KafkaHeaders headers, string name) =>
        int.TryParse(Text(headers, name), CultureInfo.InvariantCulture, out int number) ? number : 0;
}
