using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Producing;

namespace Millrace.Kafka.Sources;

/// <summary>Sends records that could not be deserialized to a dead-letter topic.</summary>
internal sealed class DeadLetterWriter : IDisposable
{
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromMinutes(5);

    private readonly RawProducer _producer;
    private readonly ProducerTopic _topic;
    private readonly CancellationToken _cancellation;

    internal DeadLetterWriter(IReadOnlyDictionary<string, string> properties, string topic, ConnectorContext context, ILogger logger)
    {
        _producer = new RawProducer(properties, logger, context.TimeProvider);
        _topic = _producer.Topic(topic);
        _cancellation = context.CancellationToken;
    }

    internal string Topic => _topic.Name;

    internal void Write(in KafkaMessage message, Exception cause)
    {
        using NativeHeaders headers = new();
        int attempt = 1;
        KafkaHeaders original = message.Headers;
        for (int i = 0; i < original.Count; i++)
        {
            KafkaHeader header = original[i];

            // A letter that was sent back and failed again says where it failed now, once.
            if (header.Name.SequenceEqual("millrace-dlq-attempt"u8) && int.TryParse(header.Value, CultureInfo.InvariantCulture, out int earlier)) attempt = earlier + 1;
            if (!header.Name.StartsWith("millrace-dlq-"u8)) headers.Add(header.Name, header.Value);
        }

        headers.Add("millrace-dlq-topic"u8, Encoding.UTF8.GetBytes(message.Topic));
        headers.Add("millrace-dlq-partition"u8, Utf8(message.Partition));
        headers.Add("millrace-dlq-offset"u8, Utf8(message.Offset));
        headers.Add("millrace-dlq-exception"u8, Encoding.UTF8.GetBytes($"{cause.GetType().FullName}: {cause.Message}"));
        headers.Add("millrace-dlq-attempt"u8, Utf8(attempt));
        _producer.Produce(
            _topic,
            RawProducer.AnyPartition,
            message.Key,
            message.HasKey,
            message.Value,
            message.IsTombstone,
            Math.Max(message.Timestamp, 0),
            headers.Detach(),
            _cancellation);
        _producer.Poll();
    }

    /// <summary>Returns when all dead letters are acknowledged.</summary>
    internal void Flush() => _producer.Flush(FlushTimeout, _cancellation);

    public void Dispose() => _producer.Dispose();

    private static byte[] Utf8(long number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));
}
