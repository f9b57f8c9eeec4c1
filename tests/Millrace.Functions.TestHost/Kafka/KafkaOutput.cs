using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Confluent.Kafka;
using Millrace.Functions.TestHost.Protocol;

namespace Millrace.Functions.TestHost.Kafka;

/// <summary>
/// The Kafka output binding: a text that is JSON with all of offset, partition, topic, timestamp, value and headers is a record with key
/// and headers, any other text a value. Fire and forget: a failed delivery is only logged.
/// </summary>
internal sealed class KafkaOutput(Action<string> log) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly string[] Envelope = ["Offset", "Partition", "Topic", "Timestamp", "Value", "Headers"];
    private readonly ConcurrentDictionary<string, Lazy<IProducer<byte[]?, byte[]?>>> _producers = new(StringComparer.Ordinal);

    public void Write(string brokers, string topic, TypedData data)
    {
        IProducer<byte[]?, byte[]?> producer = _producers.GetOrAdd(brokers, New).Value;
        foreach (string text in Texts(data))
        {
            producer.Produce(topic, Message(text), report => Report(topic, report));
        }

        producer.Flush(Patience);
    }

    public void Dispose()
    {
        foreach (Lazy<IProducer<byte[]?, byte[]?>> producer in _producers.Values)
        {
            producer.Value.Dispose();
        }
    }

    private static Lazy<IProducer<byte[]?, byte[]?>> New(string brokers) =>
        new(() => new ProducerBuilder<byte[]?, byte[]?>(new ProducerConfig { BootstrapServers = brokers, LingerMs = 5 }).Build());

    private static IEnumerable<string> Texts(TypedData data) =>
        data.DataCase switch
        {
            TypedData.DataOneofCase.CollectionString => data.CollectionString.String,
            TypedData.DataOneofCase.String => [data.String],
            TypedData.DataOneofCase.Json when JsonNode.Parse(data.Json) is JsonArray array => array.Select(item =>
                item!.GetValue<string>()
            ),
            TypedData.DataOneofCase.Json => [data.Json],
            _ => throw new NotSupportedException($"A Kafka output of kind {data.DataCase}."),
        };

    private static Message<byte[]?, byte[]?> Message(string text)
    {
        if (Parse(text) is not { } json || !Envelope.All(json.ContainsKey))
        {
            return new Message<byte[]?, byte[]?> { Value = Encoding.UTF8.GetBytes(text) };
        }

        Headers headers = [];
        foreach (JsonNode? header in json["Headers"] as JsonArray ?? [])
        {
            headers.Add((string)header!["Key"]!, Bytes(header["Value"]) ?? []);
        }

        return new Message<byte[]?, byte[]?>
        {
            Key = Bytes(json["Key"]),
            Value = Bytes(json["Value"]),
            Headers = headers,
        };
    }

    private static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[]? Bytes(JsonNode? text) => text is null ? null : Encoding.UTF8.GetBytes(text.GetValue<string>());

    private void Report(string topic, DeliveryReport<byte[]?, byte[]?> report)
    {
        if (report.Error.IsError)
        {
            log($"host: a record for {topic} was not delivered: {report.Error.Reason}");
        }
    }
}
