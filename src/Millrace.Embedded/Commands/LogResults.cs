using Millrace.Embedded.Hosting;
using Millrace.Kafka;
using Millrace.Samples;
using Millrace.Samples.Logs;

namespace Millrace.Embedded.Commands;

/// <summary>The results of one run of the log job, read back from its topics.</summary>
internal sealed class LogResults
{
    private readonly HostSession _session;
    private readonly string _topic;
    private readonly IReadOnlyDictionary<KafkaTopicPartition, long> _begin;

    private LogResults(HostSession session, string topic, IReadOnlyDictionary<KafkaTopicPartition, long> begin)
    {
        _session = session;
        _topic = topic;
        _begin = begin;
    }

    public IReadOnlyList<LogReport> Totals { get; private set; } = [];

    public IReadOnlyList<PathReport> Paths { get; private set; } = [];

    public IReadOnlyList<LogAlert> Alerts { get; private set; } = [];

    public IReadOnlyList<DeadLetter> DeadLetters { get; private set; } = [];

    public int LateLines { get; private set; }

    public static IEnumerable<string> TopicsOf(string topic) =>
        [topic + "-totals", topic + "-paths", topic + "-alerts", topic + "-late", DeadLettersOf(topic)];

    public static string DeadLettersOf(string topic) => topic + "-dead-letters";

    /// <summary>Remembers where the topics end now, so that only later results are read.</summary>
    public static async Task<LogResults> BeginAsync(HostSession session, string topic, CancellationToken cancellationToken) =>
        new(session, topic, await session.Cluster.EndOffsetsAsync(TopicsOf(topic), cancellationToken));

    public async Task<LogResults> ReadAsync(CancellationToken cancellationToken)
    {
        Totals =
        [
            .. (await ReadAsync("-totals", Json(SamplesJson.Default.LogReport), cancellationToken)).OrderBy(report => report.WindowStart),
        ];
        Paths = await ReadAsync("-paths", Json(SamplesJson.Default.PathReport), cancellationToken);
        Alerts =
        [
            .. (await ReadAsync("-alerts", Json(SamplesJson.Default.LogAlert), cancellationToken)).OrderBy(alert => alert.WindowStart),
        ];
        LateLines = (await ReadAsync("-late", Json(SamplesJson.Default.AccessLogEntry), cancellationToken)).Count;
        DeadLetters = await ReadAsync("-dead-letters", new DeadLetterSchema(), cancellationToken);
        return this;
    }

    private Task<IReadOnlyList<T>> ReadAsync<T>(
        string suffix,
        IKafkaDeserializationSchema<T> schema,
        CancellationToken cancellationToken
    ) => TopicReader.ReadAsync(_session, _topic + suffix, schema, OffsetsInitializer.Offsets(_begin), cancellationToken);

    private static ValueSchema<T> Json<T>(System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) => new(new JsonSchema<T>(type));

    private sealed class ValueSchema<T>(IDeserializationSchema<T> schema) : IKafkaDeserializationSchema<T>
    {
        public bool TryDeserialize(in KafkaMessage message, out T value)
        {
            value = schema.Deserialize(message.Value);
            return true;
        }
    }
}
