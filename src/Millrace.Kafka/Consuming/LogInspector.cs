using Millrace.Kafka.Interop;
using Millrace.Kafka.Protocol;
using Millrace.Kafka.Transactions;

namespace Millrace.Kafka.Consuming;

/// <summary>
/// Asks brokers what librdkafka does not tell: which topic a name stands for now (KIP-516), and where leader epochs of a partition end
/// (KIP-320). What brokers may answer for a while and lost connections are tried again until a time limit. One caller at a time.
/// </summary>
internal sealed class LogInspector : IAsyncDisposable
{
    private const short MetadataVersion = 12;
    private const short MinMetadataVersion = 9;
    private const short EpochVersion = 3;
    private const short MinEpochVersion = 2;
    private const int ConsumerReplica = -1;

    private readonly BrokerConnections _brokers;

    internal LogInspector(IReadOnlyDictionary<string, string> properties, string clientId, TimeSpan timeout, TimeProvider time) =>
        _brokers = new BrokerConnections(properties, clientId, timeout, time);

    /// <summary>Whether a connection of our own can be secured as these properties say; otherwise nothing can be asked.</summary>
    internal static bool IsPossible(IReadOnlyDictionary<string, string> properties)
    {
        List<string> errors = [];
        new ConnectionSecurity(properties).Validate(errors);
        return errors.Count == 0;
    }

    /// <summary>
    /// What the topics are now; those that the cluster does not have are left out, and so is everything where brokers are too old to say.
    /// </summary>
    internal Task<IReadOnlyDictionary<string, TopicIdentity>> DescribeAsync(
        IReadOnlyCollection<string> topics,
        CancellationToken cancellationToken
    ) =>
        _brokers.RepeatAsync<IReadOnlyDictionary<string, TopicIdentity>>(
            $"Looking up {string.Join(", ", topics.Select(topic => $"'{topic}'"))}",
            async (any, token) => (await MetadataAsync(any, topics, token).ConfigureAwait(false)).Topics,
            cancellationToken
        );

    /// <summary>
    /// Where the leader epochs of positions end now, for those positions whose leaders can say; -1 = they no longer know that epoch, or not
    /// any more.
    /// </summary>
    internal Task<IReadOnlyDictionary<KafkaTopicPartition, long>> EpochEndsAsync(
        IReadOnlyCollection<(KafkaTopicPartition Partition, int Epoch)> positions,
        CancellationToken cancellationToken
    ) =>
        _brokers.RepeatAsync(
            "Checking positions against the brokers' logs",
            (any, token) => EpochEndsOnceAsync(any, positions, token),
            cancellationToken
        );

    public ValueTask DisposeAsync() => _brokers.DisposeAsync();

    private static void WriteMetadata(RequestWriter body, short version, IReadOnlyCollection<string> topics)
    {
        body.Length(topics.Count, compact: true);
        foreach (string topic in topics)
        {
            if (version >= 10)
            {
                body.Uuid(Guid.Empty);
            }

            body.String(topic, compact: true);
            body.NoTags();
        }

        body.Int8(0);
        if (version <= 10)
        {
            body.Int8(0);
        }

        body.Int8(0);
        body.NoTags();
    }

    private static ClusterView ReadMetadata(ResponseReader reader, short version)
    {
        Dictionary<int, (string Host, int Port)> brokers = [];
        Dictionary<string, TopicIdentity> topics = new(StringComparer.Ordinal);
        reader.SkipTags();
        _ = reader.Int32();
        for (int left = reader.ArrayLength(compact: true); left > 0; left--)
        {
            int node = reader.Int32();
            brokers[node] = (reader.String(compact: true) ?? "", reader.Int32());
            _ = reader.String(compact: true);
            reader.SkipTags();
        }

        _ = reader.String(compact: true);
        _ = reader.Int32();
        for (int left = reader.ArrayLength(compact: true); left > 0; left--)
        {
            short error = reader.Int16();
            string name = reader.String(compact: true) ?? "";
            Guid id = version >= 10 ? reader.Uuid() : Guid.Empty;
            _ = reader.Int8();
            Dictionary<int, (int Leader, int Epoch)> partitions = [];
            for (int more = reader.ArrayLength(compact: true); more > 0; more--)
            {
                _ = reader.Int16();
                int index = reader.Int32();
                partitions[index] = (reader.Int32(), reader.Int32());
                for (int list = 0; list < 3; list++)
                {
                    for (int nodes = reader.ArrayLength(compact: true); nodes > 0; nodes--)
                    {
                        _ = reader.Int32();
                    }
                }

                reader.SkipTags();
            }

            _ = reader.Int32();
            reader.SkipTags();
            if (error is not (ErrorCodes.NoError or ErrorCodes.UnknownTopicOrPartition or ErrorCodes.LeaderNotAvailable))
            {
                KafkaErrors.Throw(error, $"Looking up topic '{name}'");
            }

            if (error is not ErrorCodes.UnknownTopicOrPartition)
            {
                topics[name] = new TopicIdentity(id, partitions);
            }
        }

        return new ClusterView(brokers, topics);
    }

    private static async Task<ClusterView> MetadataAsync(
        KafkaConnection connection,
        IReadOnlyCollection<string> topics,
        CancellationToken cancellationToken
    )
    {
        if (!connection.TryVersion(ApiKey.Metadata, MinMetadataVersion, MetadataVersion, out short version))
        {
            return ClusterView.Unknown;
        }

        using RequestWriter body = new();
        WriteMetadata(body, version, topics);
        ResponseReader reader = await connection
            .SendAsync(ApiKey.Metadata, version, body, cancellationToken, isFlexible: true)
            .ConfigureAwait(false);
        return ReadMetadata(reader, version);
    }

    private async Task<IReadOnlyDictionary<KafkaTopicPartition, long>> EpochEndsOnceAsync(
        KafkaConnection any,
        IReadOnlyCollection<(KafkaTopicPartition Partition, int Epoch)> positions,
        CancellationToken cancellationToken
    )
    {
        ClusterView view = await MetadataAsync(
                any,
                [.. positions.Select(position => position.Partition.Topic).Distinct(StringComparer.Ordinal)],
                cancellationToken
            )
            .ConfigureAwait(false);
        Dictionary<KafkaTopicPartition, long> ends = [];
        foreach (
            IGrouping<(string Host, int Port)?, (KafkaTopicPartition Partition, int Epoch)> ofLeader in positions.GroupBy(position =>
                view.LeaderOf(position.Partition)
            )
        )
        {
            if (ofLeader.Key is not { } leader)
            {
                continue;
            }

            KafkaConnection connection = await _brokers.ToAsync(leader, cancellationToken).ConfigureAwait(false);
            if (!connection.TryVersion(ApiKey.OffsetForLeaderEpoch, MinEpochVersion, EpochVersion, out short version))
            {
                continue;
            }

            using RequestWriter body = new();
            if (version >= 3)
            {
                body.Int32(ConsumerReplica);
            }

            IGrouping<string, (KafkaTopicPartition Partition, int Epoch)>[] byTopic = ofLeader
                .GroupBy(position => position.Partition.Topic, StringComparer.Ordinal)
                .ToArray();
            body.Length(byTopic.Length, compact: false);
            foreach (IGrouping<string, (KafkaTopicPartition Partition, int Epoch)>? topic in byTopic)
            {
                body.String(topic.Key, compact: false);
                body.Length(topic.Count(), compact: false);
                foreach ((KafkaTopicPartition partition, int epoch) in topic)
                {
                    body.Int32(partition.Partition);
                    body.Int32(-1);
                    body.Int32(epoch);
                }
            }

            ResponseReader reader = await connection
                .SendAsync(ApiKey.OffsetForLeaderEpoch, version, body, cancellationToken)
                .ConfigureAwait(false);
            ReadEpochEnds(reader, ends);
        }

        return ends;
    }

    private static void ReadEpochEnds(ResponseReader reader, Dictionary<KafkaTopicPartition, long> ends)
    {
        _ = reader.Int32();
        for (int topics = reader.ArrayLength(compact: false); topics > 0; topics--)
        {
            string topic = reader.String(compact: false) ?? "";
            for (int partitions = reader.ArrayLength(compact: false); partitions > 0; partitions--)
            {
                short error = reader.Int16();
                KafkaTopicPartition partition = new(topic, reader.Int32());
                int epoch = reader.Int32();
                long end = reader.Int64();
                if (IsPassing(error))
                {
                    throw new PassingErrorException($"{partition}", error);
                }

                KafkaErrors.ThrowIfError(error, $"Checking the position in {partition}");
                ends[partition] = epoch < 0 ? -1 : end;
            }
        }
    }

    private static bool IsPassing(short code) =>
        code
            is ErrorCodes.UnknownTopicOrPartition
                or ErrorCodes.LeaderNotAvailable
                or ErrorCodes.NotLeaderOrFollower
                or ErrorCodes.FencedLeaderEpoch
                or ErrorCodes.UnknownLeaderEpoch
                or ErrorCodes.OffsetNotAvailable
                or ErrorCodes.ReplicaNotAvailable
                or ErrorCodes.KafkaStorageError;

    private sealed record ClusterView(Dictionary<int, (string Host, int Port)> Brokers, Dictionary<string, TopicIdentity> Topics)
    {
        internal static readonly ClusterView Unknown = new([], []);

        internal (string Host, int Port)? LeaderOf(KafkaTopicPartition partition) =>
            Topics.TryGetValue(partition.Topic, out TopicIdentity? topic)
            && topic.Partitions.TryGetValue(partition.Partition, out (int Leader, int Epoch) known)
            && Brokers.TryGetValue(known.Leader, out (string Host, int Port) server)
                ? server
                : null;
    }
}
