using System.Globalization;
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
    private static readonly TimeSpan NewTopicPatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MissingTopicPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);
    private readonly IAdminClient _admin;
    private readonly Dictionary<string, int> _topics = new(StringComparer.Ordinal);
    private Error? _lastError;
    private Error? _refusal;

    private KafkaCluster(string bootstrapServers, IReadOnlyDictionary<string, string> properties)
    {
        BootstrapServers = bootstrapServers;
        Properties = new Dictionary<string, string>(properties, StringComparer.Ordinal) { ["bootstrap.servers"] = bootstrapServers };

        // Millrace.Kafka finds the native library for Confluent.Kafka too.
        RuntimeHelpers.RunModuleConstructor(typeof(SimpleStringSchema).Module.ModuleHandle);
        try
        {
            _admin = new AdminClientBuilder(Properties)
                .SetErrorHandler((_, error) => OnError(error))
                .SetLogHandler(static (_, _) => { })
                .Build();
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or KafkaException)
        {
            throw new CliException(
                $"The Kafka client refuses its properties: {failure.Message} Correct --kafka-property or --bootstrap-servers.",
                failure
            );
        }
    }

    public string BootstrapServers { get; }

    /// <summary>Properties of every client of the cluster, the servers among them.</summary>
    public IReadOnlyDictionary<string, string> Properties { get; }

    /// <summary>The topics that were there when last asked, with their partitions.</summary>
    public IReadOnlyDictionary<string, int> Topics => _topics;

    public static async Task<KafkaCluster> ConnectAsync(
        string bootstrapServers,
        IReadOnlyDictionary<string, string> properties,
        CancellationToken cancellationToken
    )
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

    /// <summary>
    /// Creates those topics that are missing, and waits until their partitions have leaders: Apache Kafka answers a creation before its
    /// brokers know of the topic.
    /// </summary>
    /// <param name="topics">Names and partitions.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The ones that were created.</returns>
    public async Task<IReadOnlyList<string>> EnsureTopicsAsync(
        IEnumerable<KeyValuePair<string, int>> topics,
        CancellationToken cancellationToken
    )
    {
        TopicSpecification[] missing =
        [
            .. topics
                .Where(topic => !_topics.ContainsKey(topic.Key))
                .Select(topic => new TopicSpecification
                {
                    Name = topic.Key,
                    NumPartitions = topic.Value,
                    ReplicationFactor = -1,
                }),
        ];
        if (missing.Length == 0)
        {
            return [];
        }

        try
        {
            await _admin.CreateTopicsAsync(missing, new CreateTopicsOptions { RequestTimeout = Patience, OperationTimeout = Patience });
        }
        catch (CreateTopicsException failure)
            when (failure.Results.All(result => result.Error.Code is ErrorCode.NoError or ErrorCode.TopicAlreadyExists))
        {
            // Somebody else was faster.
        }
        catch (KafkaException failure)
        {
            string reason = failure is CreateTopicsException all
                ? string.Join(
                    "; ",
                    all.Results.Where(result => result.Error.IsError).Select(result => $"{result.Topic}: {result.Error.Reason}")
                )
                : failure.Error.Reason;
            throw new CliException(
                $"Topics cannot be created at {BootstrapServers}: {reason}. Create them yourself, or give a user who may.",
                failure
            );
        }

        string[] created = [.. missing.Select(topic => topic.Name)];
        if (await WaitForLeadersAsync(created, NewTopicPatience, cancellationToken) is { } wrong)
        {
            throw new CliException(
                $"{wrong} {NewTopicPatience.TotalSeconds:0} s after {BootstrapServers} said that it was created. Look at the state of the "
                    + "cluster (controller, free brokers), then run it again."
            );
        }

        return created;
    }

    /// <summary>Looks again for topics that were not there, because they may have been created a moment ago.</summary>
    /// <param name="topics">Their names.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task LookAgainAsync(IReadOnlyCollection<string> topics, CancellationToken cancellationToken) =>
        WaitForLeadersAsync(topics, MissingTopicPatience, cancellationToken);

    /// <summary>Where topics end now.</summary>
    /// <param name="topics">Their names.</param>
    /// <param name="cancellationToken">Ends the wait for leaders that are not known yet.</param>
    public async Task<IReadOnlyDictionary<KafkaTopicPartition, long>> EndOffsetsAsync(
        IEnumerable<string> topics,
        CancellationToken cancellationToken
    )
    {
        TopicPartitionOffsetSpec[] asked =
        [
            .. topics.SelectMany(topic =>
                Enumerable
                    .Range(0, _topics[topic])
                    .Select(partition => new TopicPartitionOffsetSpec
                    {
                        TopicPartition = new TopicPartition(topic, partition),
                        OffsetSpec = OffsetSpec.Latest(),
                    })
            ),
        ];
        Dictionary<KafkaTopicPartition, long> ends = [];
        TimeSpan delay = FirstDelay;
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            List<TopicPartitionOffsetError> answers = await ListOffsetsAsync(asked);
            foreach (TopicPartitionOffsetError answer in answers.Where(answer => !answer.Error.IsError))
            {
                ends[Of(answer.TopicPartition)] = answer.Offset.Value;
            }

            TopicPartitionOffsetError? failed =
                answers.Find(answer => answer.Error.IsError && !MayBeNew(answer.Error.Code))
                ?? answers.Find(answer => answer.Error.IsError);
            if (failed is null)
            {
                return ends;
            }

            if (!MayBeNew(failed.Error.Code) || TimeProvider.System.GetElapsedTime(start) > NewTopicPatience)
            {
                throw new CliException(
                    $"The end of {failed.Topic} [{failed.Partition.Value}] at {BootstrapServers} cannot be found: {failed.Error.Reason} "
                        + $"({failed.Error.Code}). "
                        + "Look at the state of the topic and of the rights of this user, then run it again."
                );
            }

            await Task.Delay(delay, TimeProvider.System, cancellationToken);
            delay = Longer(delay);
            asked = [.. asked.Where(one => !ends.ContainsKey(Of(one.TopicPartition)))];
        }
    }

    /// <summary>The largest record that a topic takes; <see langword="null"/> = the cluster does not tell.</summary>
    /// <param name="topic">Its name.</param>
    public async Task<int?> MaxMessageBytesAsync(string topic)
    {
        try
        {
            List<DescribeConfigsResult> answer = await _admin.DescribeConfigsAsync(
                [new ConfigResource { Type = ResourceType.Topic, Name = topic }],
                new DescribeConfigsOptions { RequestTimeout = Patience }
            );
            return
                answer[0].Entries.TryGetValue("max.message.bytes", out ConfigEntryResult? entry)
                && int.TryParse(entry.Value, CultureInfo.InvariantCulture, out int bytes)
                ? bytes
                : null;
        }
        catch (KafkaException)
        {
            // Not everybody may ask.
            return null;
        }
    }

    /// <summary>Why topics are not among those that the cluster shows: a user who may not describe a topic does not see it.</summary>
    /// <param name="topics">Their names.</param>
    /// <returns>Those that the user may not describe; the others do not exist.</returns>
    public async Task<IReadOnlyList<string>> ForbiddenAsync(IReadOnlyList<string> topics)
    {
        try
        {
            await _admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(topics), new DescribeTopicsOptions { RequestTimeout = Patience });
            return [];
        }
        catch (DescribeTopicsException failure)
        {
            return
            [
                .. failure
                    .Results.TopicDescriptions.Where(topic => topic.Error.Code == ErrorCode.TopicAuthorizationFailed)
                    .Select(topic => topic.Name),
            ];
        }
        catch (KafkaException)
        {
            // Only the better message is lost.
            return [];
        }
    }

    public void Dispose() => _admin.Dispose();

    private static KafkaTopicPartition Of(TopicPartition partition) => new(partition.Topic, partition.Partition.Value);

    private static TimeSpan Longer(TimeSpan delay) => delay * 2 < LongestDelay ? delay * 2 : LongestDelay;

    private static bool MayBeNew(ErrorCode code) =>
        code
            is ErrorCode.UnknownTopicOrPart
                or ErrorCode.LeaderNotAvailable
                or ErrorCode.NotLeaderForPartition
                or ErrorCode.Local_UnknownTopic
                or ErrorCode.Local_UnknownPartition;

    private async Task<List<TopicPartitionOffsetError>> ListOffsetsAsync(TopicPartitionOffsetSpec[] asked)
    {
        try
        {
            ListOffsetsResult answer = await _admin.ListOffsetsAsync(asked, new ListOffsetsOptions { RequestTimeout = Patience });
            return answer.ResultInfos.ConvertAll(info => info.TopicPartitionOffsetError);
        }
        catch (ListOffsetsException some)
        {
            return some.Result.ResultInfos.ConvertAll(info => info.TopicPartitionOffsetError);
        }
    }

    /// <summary>Waits until topics show their partitions, each with a leader.</summary>
    /// <returns>What is not so when patience ends; <see langword="null"/> when all is well.</returns>
    private async Task<string?> WaitForLeadersAsync(
        IReadOnlyCollection<string> topics,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        TimeSpan delay = FirstDelay;
        long start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            Dictionary<string, TopicMetadata> shown = (
                await Task.Run(() => _admin.GetMetadata(Patience), cancellationToken)
            ).Topics.ToDictionary(topic => topic.Topic, StringComparer.Ordinal);
            string? wrong = null;
            foreach (string name in topics)
            {
                if (!shown.TryGetValue(name, out TopicMetadata? topic) || topic.Partitions.Count == 0)
                {
                    wrong ??= $"Topic '{name}' is not known yet";
                }
                else if (topic.Partitions.Exists(partition => partition.Leader < 0))
                {
                    wrong ??= $"Topic '{name}' has partitions without a leader";
                }
                else
                {
                    _topics[name] = topic.Partitions.Count;
                }
            }

            if (wrong is null || TimeProvider.System.GetElapsedTime(start) > patience)
            {
                return wrong;
            }

            await Task.Delay(delay, TimeProvider.System, cancellationToken);
            delay = Longer(delay);
        }
    }

    // That all brokers are down follows from each that refuses.
    private void OnError(Error error)
    {
        _lastError = error;
        if (
            error.Code
            is ErrorCode.Local_Authentication
                or ErrorCode.SaslAuthenticationFailed
                or ErrorCode.UnsupportedSaslMechanism
                or ErrorCode.Local_Ssl
        )
        {
            _refusal = error;
        }
    }

    private string Describe(Error error) =>
        error.Code switch
        {
            ErrorCode.Local_Authentication or ErrorCode.SaslAuthenticationFailed or ErrorCode.UnsupportedSaslMechanism =>
                $"The broker at {BootstrapServers} refuses the login: {error.Reason}. Check sasl.mechanism, sasl.username and "
                    + "sasl.password, given with --kafka-property.",
            ErrorCode.Local_Ssl =>
                $"TLS with the broker at {BootstrapServers} fails: {error.Reason}. Check security.protocol and ssl.ca.location, given with "
                    + "--kafka-property, and the broker's certificate.",
            _ => $"No Kafka broker answers at {BootstrapServers} ({error.Reason}). Start one ({CliApplication.Program} broker), or correct "
                + "--bootstrap-servers and --kafka-property.",
        };

    private void ReadTopics()
    {
        Metadata metadata;
        try
        {
            metadata = _admin.GetMetadata(Patience);
        }
        catch (KafkaException failure)
        {
            throw new CliException(Describe(_refusal ?? _lastError ?? failure.Error), failure);
        }

        foreach (TopicMetadata topic in metadata.Topics)
        {
            _topics[topic.Topic] = topic.Partitions.Count;
        }
    }
}
