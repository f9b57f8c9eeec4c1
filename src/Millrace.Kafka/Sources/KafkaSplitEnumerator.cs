using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Sources;

/// <summary>Finds the partitions of a source's topics and where each begins and ends.</summary>
internal sealed class KafkaSplitEnumerator<T> : ISplitEnumerator
{
    private static readonly TimeSpan MissingTopicInterval = TimeSpan.FromSeconds(5);

    private readonly KafkaSourceSettings<T> _settings;
    private readonly ConnectorContext _context;

    // Topics that are not there, and those that were not when first asked for: what is in these is new.
    private readonly HashSet<string> _missing = new(StringComparer.Ordinal);
    private readonly HashSet<string> _late = new(StringComparer.Ordinal);
    private readonly ILogger _logger;
    private ClientCallbacks? _callbacks;
    private KafkaHandle? _client;
    private IReadOnlyList<SourceSplit> _last = [];

    internal KafkaSplitEnumerator(KafkaSourceSettings<T> settings, ConnectorContext context, ILogger logger)
    {
        _settings = settings;
        _context = context;
        _logger = logger;
    }

    public TimeSpan? DiscoveryInterval =>
        _missing.Count > 0 && _settings.DiscoveryInterval > MissingTopicInterval ? MissingTopicInterval : _settings.DiscoveryInterval;

    public Task<IReadOnlyList<SourceSplit>> DiscoverAsync(bool isInitial, CancellationToken cancellationToken) =>
        Task.Run(() => Discover(isInitial, cancellationToken), cancellationToken);

    public ValueTask DisposeAsync()
    {
        _client?.Dispose();
        return ValueTask.CompletedTask;
    }

    private IReadOnlyList<SourceSplit> Discover(bool isInitial, CancellationToken cancellationToken)
    {
        try
        {
            _callbacks ??= new ClientCallbacks(_logger);
            _client ??= KafkaClient.Create(KafkaClient.Consumer, _settings.ConsumerProperties(_context, "enumerator"), _callbacks);
            return _last = Splits(isInitial, cancellationToken);
        }
        catch (KafkaClientException e)
            when (_last.Count == 0
                && e.Code is ErrorCodes.Transport or ErrorCodes.TimedOut or ErrorCodes.AllBrokersDown
                && Refusal() is not null
            )
        {
            throw Refusal()!;
        }
        catch (KafkaClientException e) when (!isInitial && _last.Count > 0 && !e.SuppressesRestarts)
        {
            // The job runs on what it knows; a broker that is away for a moment must not stop it.
            Log.DiscoveryFailed(_logger, e, _context.OperatorUid, DiscoveryInterval);
            return _last;
        }
    }

    // The client tells of it only where somebody polls.
    private KafkaClientException? Refusal()
    {
        if (_client is not null)
        {
            _ = NativeMethods.rd_kafka_poll(_client, 0);
        }
        return _callbacks?.Refusal;
    }

    private SourceSplit[] Splits(bool isInitial, CancellationToken cancellationToken)
    {
        List<KafkaTopicPartition> partitions = Partitions(isInitial, cancellationToken);
        OffsetLookup lookup = new(_client!, _settings.RequestTimeout, _settings.TopicPatience, cancellationToken);
        Dictionary<KafkaTopicPartition, long> starts = Starts(partitions, isInitial, lookup);
        long[]? stops = _settings.Bounded?.Resolve(partitions, lookup);
        SourceSplit[] splits = new SourceSplit[partitions.Count];
        for (int i = 0; i < splits.Length; i++)
        {
            splits[i] = new KafkaSplit(partitions[i], starts[partitions[i]], Stop(stops?[i])).ToSourceSplit();
        }
        return splits;
    }

    private Dictionary<KafkaTopicPartition, long> Starts(List<KafkaTopicPartition> partitions, bool isInitial, OffsetLookup lookup)
    {
        Dictionary<KafkaTopicPartition, long> starts = new(partitions.Count);
        foreach (IGrouping<bool, KafkaTopicPartition> group in partitions.GroupBy(partition => _late.Contains(partition.Topic)))
        {
            KafkaTopicPartition[] members = [.. group];
            long[] offsets = Starting(group.Key, isInitial).Resolve(members, lookup);
            for (int i = 0; i < members.Length; i++)
            {
                starts[members[i]] = offsets[i];
            }
        }

        return starts;
    }

    private OffsetsInitializer Starting(bool isLate, bool isInitial)
    {
        if (!isLate)
        {
            return isInitial ? _settings.Starting : OffsetsInitializer.Earliest();
        }

        // A broker that has just come back may not know a topic that is old: where the group has been there it goes on.
        return _settings.Starting.NeedsGroup
            ? OffsetsInitializer.CommittedOffsets(OffsetResetStrategy.Earliest)
            : OffsetsInitializer.Earliest();
    }

    // A stop at the beginning means: read nothing.
    private static long? Stop(long? stop) => stop is LogicalOffset.Beginning ? 0 : stop;

    private List<KafkaTopicPartition> Partitions(bool isInitial, CancellationToken cancellationToken)
    {
        List<KafkaTopicPartition> partitions = [];
        if (_settings.Pattern is { } pattern)
        {
            foreach (
                (string topic, int count) in OffsetQueries
                    .AllTopics(_client!, _settings.RequestTimeout)
                    .OrderBy(entry => entry.Key, StringComparer.Ordinal)
            )
            {
                if (!topic.StartsWith("__", StringComparison.Ordinal) && pattern.IsMatch(topic))
                {
                    Add(partitions, topic, count);
                }
            }

            if (partitions.Count == 0)
            {
                OnNoTopic(_settings.PatternText!, isInitial);
            }
        }
        else
        {
            foreach (string topic in _settings.Topics)
            {
                if (PartitionCount(topic, isInitial, cancellationToken) is { } count)
                {
                    Add(partitions, topic, count);
                }
            }
        }

        return partitions;
    }

    // Null: the topic does not exist. A source that looks again waits for it.
    private int? PartitionCount(string topic, bool isInitial, CancellationToken cancellationToken)
    {
        bool mayWait = _missing.Contains(topic) || (isInitial && _settings.DiscoveryInterval is not null);
        try
        {
            int count = NewTopics.Await(
                () => Ask(topic, isInitial),
                _missing.Contains(topic) ? TimeSpan.Zero : _settings.TopicPatience,
                cancellationToken
            );
            _missing.Remove(topic);
            return count;
        }
        catch (KafkaClientException e) when (mayWait && IsUnknown(e))
        {
            if (_missing.Add(topic))
            {
                Log.TopicMissing(_logger, _context.OperatorUid, topic, ConnectionProperties.Servers(_settings.Properties));
            }
            return null;
        }
    }

    private int Ask(string topic, bool isInitial)
    {
        try
        {
            return OffsetQueries.PartitionCount(_client!, topic, _settings.RequestTimeout);
        }
        catch (KafkaClientException e) when (isInitial && IsUnknown(e))
        {
            _late.Add(topic);
            throw;
        }
    }

    private static bool IsUnknown(KafkaClientException e) => e.Code is ErrorCodes.UnknownTopicOrPartition or ErrorCodes.UnknownTopic;

    private void OnNoTopic(string pattern, bool isInitial)
    {
        if (isInitial && DiscoveryInterval is null)
        {
            throw new KafkaClientException(
                $"Kafka source '{_context.OperatorUid}': no topic matches '{pattern}', and the source looks only once. Create the topic, "
                    + "correct the pattern, "
                    + "or let the source look again with .SetPartitionDiscoveryInterval(...)."
            );
        }

        Log.NoTopicMatches(_logger, _context.OperatorUid, pattern);
    }

    private static void Add(List<KafkaTopicPartition> partitions, string topic, int count)
    {
        for (int i = 0; i < count; i++)
        {
            partitions.Add(new KafkaTopicPartition(topic, i));
        }
    }
}
