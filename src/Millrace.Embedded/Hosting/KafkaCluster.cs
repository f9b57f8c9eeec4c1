using System.Runtime.CompilerServices;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Millrace.Embedded.Cli;
using Millrace.Kafka;

namespace Millrace.Embedded.Hosting;

/// <summary>What the host asks of a cluster before jobs run: whether it is there, and its topics.</summary>
internal sealed class KafkaCluster : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly IAdminClient _admin;
    private readonly Dictionary<string, int> _topics = new(StringComparer.Ordinal);
    private string? _lastError;

    private KafkaCluster(string bootstrapServers, IReadOnlyDictionary<string, string> properties)
    {
        BootstrapServers = bootstrapServers;
        Properties = new Dictionary<string, string>(properties, StringComparer.Ordinal) { ["bootstrap.servers"] = bootstrapServers };

        // Millrace.Kafka finds the native library for Confluent.Kafka too.
        RuntimeHelpers.RunModuleConstructor(typeof(SimpleStringSchema).Module.ModuleHandle);
        try
        {
            _admin = new AdminClientBuilder(Properties).SetErrorHandler((_, error) => _lastError = error.Reason).SetLogHandler(static (_, _) => { }).Build();
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw new CliException($"The Kafka client refuses its properties: {failure.Message} Correct --kafka-property or --bootstrap-servers.", failure);
        }
    }

    public string BootstrapServers { get; }

    /// <summary>Properties of every client of the cluster, the servers among them.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; }

    /// <summary>The topics that were there when last asked, with their partitions.</summary>
    public IReadOnlyDictionary<string, int> Topics => _topics;

    public static async Task<KafkaCluster> ConnectAsync(string bootstrapServers, IReadOnlyDictionary<string, string> properties, CancellationToken cancellationToken)
    {
        KafkaCluster cluster = new(bootstrapServers, properties);
        try
        {
            await Task.Run(cluster.ReadTopics, cancellationToken);
            return cluster;
        }
        catch
        {
            cluster.Dispose();
            throw;
        }
    }

    /// <summary>Creates those topics that are missing.</summary>
    /// <param name="topics">Names and partitions.</param>
    /// <returns>The ones that were created.</returns>
    public async Task<IReadOnlyList<string>> EnsureTopicsAsync(IEnumerable<KeyValuePair<string, int>> topics)
    {
        TopicSpecification[] missing =
        [
            .. topics.Where(topic => !_topics.ContainsKey(topic.Key)).Select(topic => new TopicSpecification { Name = topic.Key, NumPartitions = topic.Value, ReplicationFactor = -1 }),
        ];
        if (missing.Length == 0) return [];
        try
        {
            await _admin.CreateTopicsAsync(missing, new CreateTopicsOptions { RequestTimeout = Patience, OperationTimeout = Patience });
        }
        catch (CreateTopicsException failure) when (failure.Results.All(result => result.Error.Code is ErrorCode.NoError or ErrorCode.TopicAlreadyExists))
        {
            // Somebody else was faster.
        }
        catch (KafkaException failure)
        {
            string reason = failure is CreateTopicsException all
                ? string.Join("; ", all.Results.Where(result => result.Error.IsError).Select(result => $"{result.Topic}: {result.Error.Reason}"))
                : failure.Error.Reason;
            throw new CliException($"Topics cannot be created at {BootstrapServers}: {reason}. Create them yourself, or give a user who may.", failure);
        }

        foreach (TopicSpecification topic in missing) _topics[topic.Name] = topic.NumPartitions;
        return [.. missing.Select(topic => topic.Name)];
    }

    /// <summary>Where topics end now.</summary>
    /// <param name="topics">Their names.</param>
    public async Task<IReadOnlyDictionary<KafkaTopicPartition, long>> EndOffsetsAsync(IEnumerable<string> topics)
    {
        TopicPartitionOffsetSpec[] asked =
        [
            .. topics.SelectMany(topic => Enumerable.Range(0, _topics[topic]).Select(partition => new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(topic, partition), OffsetSpec = OffsetSpec.Latest() })),
        ];
        ListOffsetsResult answer = await _admin.ListOffsetsAsync(asked, new ListOffsetsOptions { RequestTimeout = Patience });
        return answer.ResultInfos.ToDictionary(
            info => new KafkaTopicPartition(info.TopicPartitionOffsetError.Topic, info.TopicPartitionOffsetError.Partition.Value), info => info.TopicPartitionOffsetError.Offset.Value);
    }

    public void Dispose() => _admin.Dispose();

    private void ReadTopics()
    {
        Metadata metadata;
        try
        {
            metadata = _admin.GetMetadata(Patience);
        }
        catch (KafkaException failure)
        {
            throw new CliException(
                $"No Kafka broker answers at {BootstrapServers} ({_lastError ?? failure.Error.Reason}). Start one (./run broker), or correct --bootstrap-servers and --kafka-property.", failure);
        }

        foreach (TopicMetadata topic in metadata.Topics) _topics[topic.Topic] = topic.Partitions.Count;
    }
}
