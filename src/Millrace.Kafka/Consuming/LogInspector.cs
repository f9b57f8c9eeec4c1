using System.Net.Sockets;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Transactions;

namespace Millrace.Kafka.Consuming;

/// <summary>
/// Asks brokers what librdkafka does not tell: which topic a name stands for now (KIP-516), and where leader epochs of a partition end (KIP-320). What brokers may answer for a while and lost
/// connections are tried again until a time limit. One caller at a time.
/// </summary>
internal sealed class LogInspector : IAsyncDisposable
{
    private const short MetadataVersion = 12;
    private const short MinMetadataVersion = 9;
    private const short EpochVersion = 3;
    private const short MinEpochVersion = 2;
    private const int ConsumerReplica = -1;
    private static readonly TimeSpan ServerTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Backoff = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(1);

    private readonly (string Host, int Port)[] _bootstrap;
    private readonly ConnectionSecurity _security;
    private readonly string _clientId;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly Dictionary<(string Host, int Port), KafkaConnection> _connections = [];

    internal LogInspector(IReadOnlyDictionary<string, string> properties, string clientId, TimeSpan timeout, TimeProvider time)
    {
        _bootstrap = CoordinatorClient.ParseServers(ConnectionProperties.Servers(properties) ?? "");
        _security = new ConnectionSecurity(properties);
        _clientId = clientId;
        _timeout = timeout;
        _time = time;
    }

    /// <summary>Whether a connection of our own can be secured as these properties say; otherwise nothing can be asked.</summary>
    internal static bool IsPossible(IReadOnlyDictionary<string, string> properties)
    {
        List<string> errors = [];
        new ConnectionSecurity(properties).Validate(errors);
        return errors.Count == 0;
    }

    /// <summary>What the topics are now; those that the cluster does not have are left out, and so is everything where brokers are too old to say.</summary>
    internal Task<IReadOnlyDictionary<string, TopicIdentity>> DescribeAsync(IReadOnlyCollection<string> topics, CancellationToken cancellationToken) =>
        RepeatAsync<IReadOnlyDictionary<string, TopicIdentity>>(
            $"Looking up {string.Join(", ", topics.Select(topic => $"'{topic}'"))}",
            async token => (await MetadataAsync(topics, token).ConfigureAwait(false)).Topics,
            cancellationToken);

    /// <summary>Where the leader epochs of positions end now, for those positions whose leaders can say; -1 = they no longer know that epoch, or not any more.</summary>
    internal Task<IReadOnlyDictionary<KafkaTopicPartition, long>> EpochEndsAsync(
        IReadOnlyCollection<(KafkaTopicPartition Partition, int Epoch)> positions, CancellationToken cancellationToken) =>
        RepeatAsync<IReadOnlyDictionary<KafkaTopicPartition, long>>(
            "Checking positions against the brokers' logs", token => EpochEndsOnceAsync(positions, token), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (KafkaConnection connection in _connections.Values) await connection.DisposeAsync().ConfigureAwait(false);
        _connections.Clear();
    }

    private static void WriteMetadata(WireWriter body, short version, IReadOnlyCollection<string> topics)
    {
        body.CompactCount(topics.Count);
        foreach (string topic in topics)
        {
            if (version >= 10) body.Uuid(Guid.Empty);
            body.CompactString(topic);
            body.NoTags();
        }

        body.Byte(0);
        if (version <= 10) body.Byte(0);
        body.Byte(0);
        body.NoTags();
    }

    private static ClusterView ReadMetadata(WireReader reader, short version)
    {
        Dictionary<int, (string Host, int Port)> brokers = [];
        Dictionary<string, TopicIdentity> topics = new(StringComparer.Ordinal);
        reader.SkipTags();
        _ = reader.Int32();
        for (int left = reader.CompactCount(); left > 0; left--)
        {
            int node = reader.Int32();
            brokers[node] = (reader.CompactString() ?? "", reader.Int32());
            _ = reader.CompactString();
            reader.SkipTags();
        }

        _ = reader.CompactString();
        _ = reader.Int32();
        for (int left = reader.CompactCount(); left > 0; left--)
        {
            short error = reader.Int16();
            string name = reader.CompactString() ?? "";
            Guid id = version >= 10 ? reader.Uuid() : Guid.Empty;
            _ = reader.Byte();
            Dictionary<int, (int Leader, int Epoch)> partitions = [];
            for (int more = reader.CompactCount(); more > 0; more--)
            {
                _ = reader.Int16();
                int index = reader.Int32();
                partitions[index] = (reader.Int32(), reader.Int32());
                for (int list = 0; list < 3; list++)
                {
                    for (int nodes = reader.CompactCount(); nodes > 0; nodes--) _ = reader.Int32();
                }

                reader.SkipTags();
            }

            _ = reader.Int32();
            reader.SkipTags();
            if (error is not (ErrorCodes.NoError or ErrorCodes.UnknownTopicOrPartition or ErrorCodes.LeaderNotAvailable)) KafkaErrors.Throw(error, $"Looking up topic '{name}'");
            if (error is not ErrorCodes.UnknownTopicOrPartition) topics[name] = new TopicIdentity(id, partitions);
        }

        return new ClusterView(brokers, topics);
    }

    private async Task<ClusterView> MetadataAsync(IReadOnlyCollection<string> topics, CancellationToken cancellationToken)
    {
        KafkaConnection connection = await AnyAsync(cancellationToken).ConfigureAwait(false);
        if (!connection.TryVersion(ApiKey.Metadata, MinMetadataVersion, MetadataVersion, out short version)) return ClusterView.Unknown;
        WireWriter body = new();
        WriteMetadata(body, version, topics);
        ReadOnlyMemory<byte> response = await connection.SendAsync(ApiKey.Metadata, version, body, cancellationToken, isFlexible: true).ConfigureAwait(false);
        return ReadMetadata(new WireReader(response.Span), version);
    }

    private async Task<IReadOnlyDictionary<KafkaTopicPartition, long>> EpochEndsOnceAsync(
        IReadOnlyCollection<(KafkaTopicPartition Partition, int Epoch)> positions, CancellationToken cancellationToken)
    {
        ClusterView view = await MetadataAsync([.. positions.Select(position => position.Partition.Topic).Distinct(StringComparer.Ordinal)], cancellationToken).ConfigureAwait(false);
        Dictionary<KafkaTopicPartition, long> ends = [];
        foreach (var ofLeader in positions.GroupBy(position => view.LeaderOf(position.Partition)))
        {
            if (ofLeader.Key is not { } leader) continue;
            KafkaConnection connection = await ConnectAsync(leader, cancellationToken).ConfigureAwait(false);
            if (!connection.TryVersion(ApiKey.OffsetForLeaderEpoch, MinEpochVersion, EpochVersion, out short version)) continue;
            WireWriter body = new();
            if (version >= 3) body.Int32(ConsumerReplica);
            var byTopic = ofLeader.GroupBy(position => position.Partition.Topic, StringComparer.Ordinal).ToArray();
            body.Int32(byTopic.Length);
            foreach (var topic in byTopic)
            {
                body.String(topic.Key);
                body.Int32(topic.Count());
                foreach ((KafkaTopicPartition partition, int epoch) in topic)
                {
                    body.Int32(partition.Partition);
                    body.Int32(-1);
                    body.Int32(epoch);
                }
            }

            ReadOnlyMemory<byte> response = await connection.SendAsync(ApiKey.OffsetForLeaderEpoch, version, body, cancellationToken).ConfigureAwait(false);
            ReadEpochEnds(new WireReader(response.Span), ends);
        }

        return ends;
    }

    private static void ReadEpochEnds(WireReader reader, Dictionary<KafkaTopicPartition, long> ends)
    {
        _ = reader.Int32();
        for (int topics = reader.Int32(); topics > 0; topics--)
        {
            string topic = reader.String() ?? "";
            for (int partitions = reader.Int32(); partitions > 0; partitions--)
            {
                short error = reader.Int16();
                KafkaTopicPartition partition = new(topic, reader.Int32());
                int epoch = reader.Int32();
                long end = reader.Int64();
                if (IsPassing(error)) throw new IOException($"{partition}: {KafkaErrors.Describe(error)}");
                KafkaErrors.ThrowIfError(error, $"Checking the position in {partition}");
                ends[partition] = epoch < 0 ? -1 : end;
            }
        }
    }

    private static bool IsPassing(short code) => code is ErrorCodes.UnknownTopicOrPartition or ErrorCodes.LeaderNotAvailable or ErrorCodes.NotLeaderOrFollower or ErrorCodes.FencedLeaderEpoch
        or ErrorCodes.UnknownLeaderEpoch or ErrorCodes.OffsetNotAvailable or ErrorCodes.ReplicaNotAvailable or ErrorCodes.KafkaStorageError;

    private async Task<TResult> RepeatAsync<TResult>(string subject, Func<CancellationToken, Task<TResult>> attempt, CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        for (TimeSpan pause = Backoff; ; pause = pause * 2 < MaxBackoff ? pause * 2 : MaxBackoff)
        {
            TimeSpan left = _timeout - _time.GetElapsedTime(start);
            using CancellationTokenSource limit = new(left > Backoff ? left : Backoff, _time);
            using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                return await attempt(linked.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                await DisposeAsync().ConfigureAwait(false);
                if (_time.GetElapsedTime(start) + pause > _timeout)
                    throw new TimeoutException($"{subject}: no success within {_timeout}; the last attempt ended with: {e.Message} Check bootstrap.servers and the brokers.", e);
            }

            await Task.Delay(pause, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<KafkaConnection> AnyAsync(CancellationToken cancellationToken)
    {
        foreach (KafkaConnection connection in _connections.Values) return connection;
        Exception? last = null;
        foreach ((string Host, int Port) server in _bootstrap)
        {
            using CancellationTokenSource limit = new(ServerTimeout, _time);
            using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            try
            {
                return await ConnectAsync(server, linked.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                last = new IOException($"{server.Host}:{server.Port} cannot be reached: {e.Message}", e);
            }
        }

        throw last ?? new KafkaClientException("No bootstrap server is given; set bootstrap.servers.");
    }

    private async Task<KafkaConnection> ConnectAsync((string Host, int Port) server, CancellationToken cancellationToken)
    {
        if (_connections.TryGetValue(server, out KafkaConnection? open)) return open;
        KafkaConnection connection = await KafkaConnection.OpenAsync(server.Host, server.Port, _security, _clientId, cancellationToken).ConfigureAwait(false);
        _connections.Add(server, connection);
        return connection;
    }

    private sealed record ClusterView(Dictionary<int, (string Host, int Port)> Brokers, Dictionary<string, TopicIdentity> Topics)
    {
        internal static readonly ClusterView Unknown = new([], []);

        internal (string Host, int Port)? LeaderOf(KafkaTopicPartition partition) =>
            Topics.TryGetValue(partition.Topic, out TopicIdentity? topic) && topic.Partitions.TryGetValue(partition.Partition, out (int Leader, int Epoch) known)
            && Brokers.TryGetValue(known.Leader, out (string Host, int Port) server)
                ? server
                : null;
    }
}
