using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Millrace.DevBroker.Protocol;
using Millrace.DevBroker.Transactions;

namespace Millrace.DevBroker.Topics;

/// <summary>The topics of one broker.</summary>
internal sealed class TopicStore : ITransactionLog
{
    public const int MaxPartitions = 100_000;

    private readonly Lock _changes = new();
    private readonly ConcurrentDictionary<string, Topic> _byName = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Guid, Topic> _byId = new();

    public IEnumerable<Topic> All => _byName.Values.OrderBy(t => t.Name, StringComparer.Ordinal);

    public bool TryGet(string name, [MaybeNullWhen(false)] out Topic topic) => _byName.TryGetValue(name, out topic);

    public bool TryGet(Guid id, [MaybeNullWhen(false)] out Topic topic) => _byId.TryGetValue(id, out topic);

    public ErrorCode Create(string name, int partitions)
    {
        if (!TopicName.IsValid(name)) return ErrorCode.InvalidTopic;
        lock (_changes)
        {
            if (_byName.ContainsKey(name)) return ErrorCode.TopicAlreadyExists;
            var topic = new Topic(name, Guid.NewGuid(), [.. Enumerable.Range(0, partitions).Select(i => new Partition(name, i))]);
            _byId[topic.Id] = topic;
            _byName[name] = topic;
            return ErrorCode.None;
        }
    }

    public bool Exists(string topic, int partition) => _byName.TryGetValue(topic, out var found) && partition >= 0 && partition < found.Partitions.Count;

    public ValueTask<ErrorCode> AppendMarkerAsync(
        string topic, int partition, long producerId, short producerEpoch, bool commit, int coordinatorEpoch, CancellationToken cancellationToken) =>
        new(Exists(topic, partition) ? ErrorCode.None : ErrorCode.UnknownTopicOrPartition);
}
