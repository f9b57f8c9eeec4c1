using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json.Nodes;
using Millrace.Connectors;
using Millrace.Durable.Apps;
using Millrace.Functions.Jobs;
using Millrace.Kafka.Durable;
using Millrace.Time;

namespace Millrace.Functions.Outbox;

/// <summary>Records on their way to the output binding.</summary>
/// <param name="Function">The activity of the sink.</param>
/// <param name="Records">Each as the binding wants it: JSON with Offset, Partition, Topic, Timestamp, Value, Headers and, with a key,
/// Key.</param>
public sealed record OutboxInput(string Function, IReadOnlyList<string> Records)
{
    /// <summary>Id of the orchestration for a batch: the same batch has the same id, so a repetition is seen.</summary>
    internal static string InstanceOf(AppOutput output) =>
        $"outbox-{XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{output.Incarnation}/{output.SinkUid}")):x16}-{output.Batch}";

    internal static OutboxInput Of(AppOutput output) =>
        new(((JobEntry)output.Job).OutboxFunctions[output.SinkUid], [.. output.Records.Select(Json)]);

    private static string Json(DurableSinkRecord record)
    {
        EncodedRecord encoded = new(record.Data.Span);
        JsonArray headers = [];
        for (int i = 0; i < encoded.HeaderCount; i++)
        {
            // A null value becomes an empty one: the binding takes a record with a null in its headers for plain text, and would send this
            // JSON as the value.
            encoded.ReadHeader(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value, out _);
            if (!name.SequenceEqual(RecordId.HeaderUtf8))
            {
                headers.Add(Header(Encoding.UTF8.GetString(name), Encoding.UTF8.GetString(value)));
            }
        }

        headers.Add(Header(RecordId.Header, record.Id));
        JsonObject json = new()
        {
            ["Offset"] = 0,
            ["Partition"] = 0,
            ["Topic"] = encoded.Topic,
            ["Timestamp"] = EventTime.ToNearestDate(encoded.Timestamp).ToString("O", CultureInfo.InvariantCulture),
            ["Value"] = encoded.IsTombstone ? null : Encoding.UTF8.GetString(encoded.Value),
            ["Headers"] = headers,
        };
        if (encoded.HasKey)
        {
            json["Key"] = Encoding.UTF8.GetString(encoded.Key);
        }

        return json.ToJsonString();
    }

    private static JsonNode Header(string name, string value) => new JsonObject { ["Key"] = name, ["Value"] = value };
}
