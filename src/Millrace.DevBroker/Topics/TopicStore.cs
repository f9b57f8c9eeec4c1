using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Journals;
using Millrace.DevBroker.Protocol;
using Millrace.DevBroker.Storage;
using Millrace.DevBroker.Transactions;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Topics;

/// <summary>The topics of one broker. Changes are rare and come one after the other; look-ups are free of locks.</summary>
internal sealed class TopicStore : ITransactionLog, IAsyncDisposable
{
    public const int MaxPartitions = 100_000;

    private const string TopicsDirectory = "topics";
    private const string JournalName = "topics";
    private const string TopicPrefix = "topic/";
    private const string StartPrefix = "start/";
    private const string StartsKey = "starts";

    private readonly DevBrokerOptions _options;
    private readonly DevBrokerFaults _faults;
    private readonly FileHandles _handles;
    private readonly IJournal _journal;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _changes = new(1, 1);
    private readonly ConcurrentDictionary<string, Topic> _byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, Topic> _byId = new();
    private readonly ConcurrentDictionary<string, long> _logStarts = new(StringComparer.Ordinal);
    private int _leaderEpoch;

    public TopicStore(DevBrokerOptions options, DevBrokerFaults faults, FileHandles handles, IJournalStore journals)
    {
        _options = options;
        _faults = faults;
        _handles = handles;
        _journal = journals.Open(JournalName);
        _logger = options.LoggerFactory.CreateLogger<TopicStore>();
    }

    /// <summary>Called with the name of each topic that was deleted, before anyone can create it anew.</summary>
    public Action<string>? Deleted { get; set; }

    public IEnumerable<Topic> All => _byName.Values.OrderBy(t => t.Name, StringComparer.Ordinal);

    /// <summary>Reads what the journal remembers. Each start of a broker begins a new leader epoch, as an election would.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        foreach ((string key, byte[]? value) in _journal.Entries())
        {
            if (key == StartsKey)
            {
                _leaderEpoch = BinaryPrimitives.ReadInt32BigEndian(value);
            }
            else if (key.StartsWith(StartPrefix, StringComparison.Ordinal))
            {
                _logStarts[key] = BinaryPrimitives.ReadInt64BigEndian(value);
            }
        }

        foreach ((string key, byte[]? value) in _journal.Entries())
        {
            if (!key.StartsWith(TopicPrefix, StringComparison.Ordinal))
            {
                continue;
            }

            TopicEntry entry = MessageBytes.Read<TopicEntry>(value);
            Dictionary<string, string> configs = entry.Configs!.ToDictionary(c => c.Name, c => c.Value, StringComparer.Ordinal);
            Publish(Extend(new Topic(key[TopicPrefix.Length..], entry.Id, [], configs), entry.Partitions));
        }

        DeleteForgottenDirectories();
        byte[] starts = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(starts, _leaderEpoch + 1);
        await _journal.WriteAsync([new(StartsKey, starts)], cancellationToken).ConfigureAwait(false);
    }

    /// <summary>As the controller sees it: at once after the creation.</summary>
    public bool TryGet(string name, [MaybeNullWhen(false)] out Topic topic) => _byName.TryGetValue(name, out topic);

    /// <inheritdoc cref="TryGet(string, out Topic)"/>
    public bool TryGet(Guid id, [MaybeNullWhen(false)] out Topic topic) => _byId.TryGetValue(id, out topic);

    /// <summary>As a broker's metadata shows it: not before the fault that delays new topics is over.</summary>
    public bool TryGetShown(string name, [MaybeNullWhen(false)] out Topic topic) => _byName.TryGetValue(name, out topic) && IsShown(topic);

    /// <inheritdoc cref="TryGetShown(string, out Topic)"/>
    public bool TryGetShown(Guid id, [MaybeNullWhen(false)] out Topic topic) => _byId.TryGetValue(id, out topic) && IsShown(topic);

    /// <summary>The topic whose name collides with a new one, if there is any.</summary>
    public string? Colliding(string name) =>
        name.AsSpan().ContainsAny('.', '_') ? _byName.Keys.FirstOrDefault(other => TopicName.Collide(name, other)) : null;

    public bool IsShown(Topic topic) => topic.ShownAt == 0 || _options.TimeProvider.GetTimestamp() >= topic.ShownAt;

    /// <summary>Whether the partitions of a topic have a leader, which answers for their records.</summary>
    public bool HasLeaders(Topic topic) => topic.LedAt == 0 || _options.TimeProvider.GetTimestamp() >= topic.LedAt;

    /// <summary>The partition if this broker leads it; otherwise the error that says why not.</summary>
    public ErrorCode Locate(string topic, int partition, out Partition found)
    {
        found = null!;
        if (!TryGetShown(topic, out Topic? known) || partition < 0 || partition >= known.Partitions.Count)
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        if (!HasLeaders(known))
        {
            return ErrorCode.NotLeaderOrFollower;
        }

        found = known.Partitions[partition];
        return ErrorCode.None;
    }

    /// <param name="atOnce">Whether everyone knows the topic at once, whatever fault there is.</param>
    public async ValueTask<ErrorCode> CreateAsync(
        string name,
        int partitions,
        IReadOnlyDictionary<string, string>? configs = null,
        bool atOnce = false,
        CancellationToken cancellationToken = default
    )
    {
        if (!TopicName.IsValid(name))
        {
            return ErrorCode.InvalidTopic;
        }

        if (partitions is < 1 or > MaxPartitions)
        {
            return ErrorCode.InvalidPartitions;
        }

        await _changes.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_byName.ContainsKey(name))
            {
                return ErrorCode.TopicAlreadyExists;
            }

            if (Colliding(name) is not null)
            {
                return ErrorCode.InvalidTopic;
            }

            Topic? topic = Extend(
                new Topic(name, Guid.NewGuid(), [], configs ?? new Dictionary<string, string>(StringComparer.Ordinal)),
                partitions
            );
            if (!atOnce && _faults.TopicVisibilityDelay is { Ticks: > 0 } delay)
            {
                topic = Delayed(topic, delay);
            }

            await RememberAsync(topic).ConfigureAwait(false);
            Log.TopicCreated(_logger, name, partitions);
            return ErrorCode.None;
        }
        finally
        {
            _changes.Release();
        }
    }

    public async ValueTask<ErrorCode> AddPartitionsAsync(string name, int count, CancellationToken cancellationToken)
    {
        await _changes.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!TryGet(name, out Topic? topic))
            {
                return ErrorCode.UnknownTopicOrPartition;
            }

            if (count <= topic.Partitions.Count || count > MaxPartitions)
            {
                return ErrorCode.InvalidPartitions;
            }

            await RememberAsync(Extend(topic, count)).ConfigureAwait(false);
            return ErrorCode.None;
        }
        finally
        {
            _changes.Release();
        }
    }

    public async ValueTask<ErrorCode> ConfigureAsync(
        string name,
        IReadOnlyDictionary<string, string> configs,
        CancellationToken cancellationToken
    )
    {
        await _changes.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!TryGet(name, out Topic? topic))
            {
                return ErrorCode.UnknownTopicOrPartition;
            }

            await RememberAsync(topic with { Configs = configs }).ConfigureAwait(false);
            LogConfig effective = TopicConfig.Effective(configs, _options);
            foreach (Partition partition in topic.Partitions)
            {
                partition.Configure(effective);
            }

            return ErrorCode.None;
        }
        finally
        {
            _changes.Release();
        }
    }

    public async ValueTask<ErrorCode> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        await _changes.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_byName.TryGetValue(name, out Topic? topic))
            {
                return ErrorCode.UnknownTopicOrPartition;
            }

            List<KeyValuePair<string, byte[]?>> changes = new() { new(TopicPrefix + name, null) };
            foreach (Partition partition in topic.Partitions)
            {
                string key = StartKey(topic.Id, partition.Index);
                if (_logStarts.TryRemove(key, out _))
                {
                    changes.Add(new(key, null));
                }
            }

            await _journal.WriteAsync(changes, CancellationToken.None).ConfigureAwait(false);
            _byName.TryRemove(name, out _);
            _byId.TryRemove(topic.Id, out _);
            foreach (Partition partition in topic.Partitions)
            {
                partition.Delete();
            }

            if (_options.Directory is not null && Directory.Exists(DirectoryOf(topic)))
            {
                Directory.Delete(DirectoryOf(topic), recursive: true);
            }

            Deleted?.Invoke(name);
            Log.TopicDeleted(_logger, name);
            return ErrorCode.None;
        }
        finally
        {
            _changes.Release();
        }
    }

    /// <summary>Makes records invisible for good, also after a restart.</summary>
    public async ValueTask<(ErrorCode Error, long LogStartOffset)> DeleteRecordsAsync(
        string name,
        int partition,
        long beforeOffset,
        CancellationToken cancellationToken
    )
    {
        if (Locate(name, partition, out Partition? found) is var missing and not ErrorCode.None)
        {
            return (missing, -1);
        }

        if (!TryGet(name, out Topic? topic))
        {
            return (ErrorCode.UnknownTopicOrPartition, -1);
        }

        (ErrorCode error, long start) = found.Log.DeleteRecords(beforeOffset);
        if (error != ErrorCode.None)
        {
            return (error, -1);
        }

        byte[] bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, start);
        string key = StartKey(topic.Id, partition);
        _logStarts[key] = start;
        await _journal.WriteAsync([new(key, bytes)], cancellationToken).ConfigureAwait(false);
        return (ErrorCode.None, start);
    }

    /// <summary>What an unclean leader election does to a partition.</summary>
    /// <returns>The new end of its log.</returns>
    public long Truncate(string topic, int partition, long offset)
    {
        if (_options.Directory is not null)
        {
            throw new NotSupportedException("Only logs in memory can be truncated; start the broker without a directory.");
        }

        return Locate(topic, partition, out Partition? found) == ErrorCode.None
            ? found.Truncate(offset)
            : throw new ArgumentException($"There is no partition {partition} of topic '{topic}' to truncate.", nameof(topic));
    }

    public bool Exists(string topic, int partition) =>
        TryGetShown(topic, out Topic? known) && partition >= 0 && partition < known.Partitions.Count;

    public async ValueTask<ErrorCode> AppendMarkerAsync(
        string topic,
        int partition,
        long producerId,
        short producerEpoch,
        bool commit,
        int coordinatorEpoch,
        CancellationToken cancellationToken
    )
    {
        if (!TryGet(topic, out Topic? known) || partition < 0 || partition >= known.Partitions.Count)
        {
            return ErrorCode.UnknownTopicOrPartition;
        }

        PartitionLog log = known.Partitions[partition].Log;
        AppendResult result = log.AppendMarker(producerId, producerEpoch, commit, coordinatorEpoch);
        if (result.Error == ErrorCode.None)
        {
            await log.WhenDurableAsync(result.EndOffset).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return result.Error;
    }

    public ValueTask DisposeAsync()
    {
        foreach (Topic topic in _byName.Values)
        {
            foreach (Partition partition in topic.Partitions)
            {
                partition.Close();
            }
        }

        _changes.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>As Kafka's brokers learn of a topic: at first not at all, then without leaders.</summary>
    private Topic Delayed(Topic topic, TimeSpan delay)
    {
        long now = _options.TimeProvider.GetTimestamp();
        long ticks = Math.Max(2, (long)(delay.TotalSeconds * _options.TimeProvider.TimestampFrequency));
        return topic with { ShownAt = now + (ticks / 2), LedAt = now + ticks };
    }

    private static string StartKey(Guid id, int partition) =>
        string.Create(CultureInfo.InvariantCulture, $"{StartPrefix}{id:N}/{partition}");

    private async ValueTask RememberAsync(Topic topic)
    {
        await _journal
            .WriteAsync([new(TopicPrefix + topic.Name, MessageBytes.Write(TopicEntry.Of(topic)))], CancellationToken.None)
            .ConfigureAwait(false);
        Publish(topic);
    }

    private void Publish(Topic topic)
    {
        _byId[topic.Id] = topic;
        _byName[topic.Name] = topic;
    }

    private Topic Extend(Topic topic, int count)
    {
        List<Partition> partitions = new(topic.Partitions);
        while (partitions.Count < count)
        {
            partitions.Add(NewPartition(topic, partitions.Count));
        }

        return topic with
        {
            Partitions = partitions,
        };
    }

    private Partition NewPartition(Topic topic, int index)
    {
        ILogStorage storage = _options.Directory is null
            ? new MemoryLogStorage()
            : new FileLogStorage(Path.Combine(DirectoryOf(topic), index.ToString(CultureInfo.InvariantCulture)), _handles, _options.Fsync);
        return new Partition(topic.Name, index, _leaderEpoch, storage, partition => OpenLog(topic.Id, partition));
    }

    private PartitionLog OpenLog(Guid id, Partition partition)
    {
        IReadOnlyDictionary<string, string> configs = TryGet(id, out Topic? topic)
            ? topic.Configs
            : new Dictionary<string, string>(StringComparer.Ordinal);
        _logStarts.TryGetValue(StartKey(id, partition.Index), out long start);
        return new PartitionLog(
            string.Create(CultureInfo.InvariantCulture, $"{partition.Topic}-{partition.Index}"),
            partition.Storage,
            TopicConfig.Effective(configs, _options),
            start,
            partition.LeaderEpoch,
            _options.Fsync && _options.Directory is not null,
            _options.TimeProvider,
            _faults,
            _logger
        );
    }

    /// <summary>A crash in the middle of deleting a topic leaves a directory that no topic owns.</summary>
    private void DeleteForgottenDirectories()
    {
        if (_options.Directory is null)
        {
            return;
        }

        DirectoryInfo root = new(Path.Combine(_options.Directory, TopicsDirectory));
        if (!root.Exists)
        {
            return;
        }

        HashSet<string> owned = _byName.Values.Select(t => Path.GetFileName(DirectoryOf(t))).ToHashSet(StringComparer.Ordinal);
        foreach (DirectoryInfo directory in root.EnumerateDirectories())
        {
            if (!owned.Contains(directory.Name) && IsOurs(directory))
            {
                directory.Delete(recursive: true);
            }
        }
    }

    /// <summary>
    /// Whether a directory looks as only this broker makes them: a name that ends with part of an id, and nothing in it but partitions by
    /// number.
    /// </summary>
    private static bool IsOurs(DirectoryInfo directory)
    {
        int dot = directory.Name.LastIndexOf('.');
        return dot > 0
            && directory.Name.Length - dot == 9
            && directory.Name[(dot + 1)..].All(char.IsAsciiHexDigitLower)
            && directory.EnumerateFileSystemInfos().All(e => e is DirectoryInfo && e.Name.All(char.IsAsciiDigit));
    }

    /// <summary>The id keeps apart topics of the same name, one created after the other was deleted.</summary>
    private string DirectoryOf(Topic topic) =>
        Path.Combine(_options.Directory!, TopicsDirectory, $"{topic.Name}.{topic.Id:N}"[..(topic.Name.Length + 9)]);
}
