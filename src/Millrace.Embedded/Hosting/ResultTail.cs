using Millrace.Api;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Embedded.Views;
using Millrace.Kafka;
using Millrace.Runtime;

namespace Millrace.Embedded.Hosting;

/// <summary>Follows result topics and keeps their latest lines: a small job of the host's own, without checkpoints.</summary>
internal sealed class ResultTail : IAsyncDisposable
{
    private readonly JobClient _client;

    private ResultTail(JobClient client) => _client = client;

    /// <summary>Starts to follow topics.</summary>
    /// <param name="session">The session.</param>
    /// <param name="topics">Topics, each with how many of its records are passed over for one that is shown.</param>
    /// <param name="lines">Where they go.</param>
    public static ResultTail Start(HostSession session, IReadOnlyDictionary<string, int> topics, RecentLines lines)
    {
        StreamExecutionEnvironment env = session.NewEnvironment();
        env.Options.CheckpointInterval = null;
        env.CheckpointStore = new Checkpoints.InMemoryObjectStore();
        KafkaSource<string> source = KafkaSource
            .Builder<string>()
            .SetProperties(session.Cluster.Properties)
            .SetTopics([.. topics.Keys])
            .SetStartingOffsets(OffsetsInitializer.Latest())
            .SetDeserializer(new Schema(topics))
            .SetDeserializationErrorPolicy(DeserializationErrorPolicy.Skip)
            .Build();
        env.FromSource(source).SinkTo(new Sink(lines));
        return new ResultTail(env.ExecuteDetached("millrace-results", session.Stopping));
    }

    public ValueTask DisposeAsync() => _client.DisposeAsync();

    private sealed class Schema(IReadOnlyDictionary<string, int> topics) : IKafkaDeserializationSchema<string>
    {
        public bool TryDeserialize(in KafkaMessage message, out string value)
        {
            value = "";
            if (topics.TryGetValue(message.Topic, out int every) && message.Offset % (every + 1) != 0)
            {
                return false;
            }

            string text = System.Text.Encoding.UTF8.GetString(message.Value);
            value = $"{message.Topic}: {(text.StartsWith('{') ? Format.Json(text) : text)}";
            return true;
        }
    }

    private sealed class Sink(RecentLines lines) : ISink<string>
    {
        public IReadOnlyList<Topic> Topics => [];

        public void Validate(ICollection<string> errors)
        {
            // Nothing can be wrong with a list of lines.
        }

        public ISinkWriter<string> CreateWriter(ConnectorContext context) => new Writer(lines);
    }

    private sealed class Writer(RecentLines lines) : ISinkWriter<string>
    {
        public void Write(RecordBatch<string> batch)
        {
            foreach (string line in batch.Values)
            {
                lines.Add(line);
            }
        }

        public void Flush(bool endOfInput)
        {
            // Lines are shown, not kept.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
