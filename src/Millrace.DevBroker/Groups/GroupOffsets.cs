namespace Millrace.DevBroker.Groups;

/// <summary>
/// The offsets of one group: those committed, and those that open transactions will commit (invisible until then). Guarded by the group's
/// lock. A change is first worked out as records, then written to the journal, then applied; recovery applies the same records.
/// </summary>
internal sealed class GroupOffsets
{
    private readonly Dictionary<TopicPartition, CommittedOffset> _committed = [];
    private readonly Dictionary<long, Dictionary<TopicPartition, CommittedOffset>> _pending = [];
    private long _sequence;

    public bool IsEmpty => _committed.Count == 0 && _pending.Count == 0;

    public Dictionary<TopicPartition, CommittedOffset> Committed => _committed;

    /// <summary>Offsets held back by open transactions.</summary>
    public IEnumerable<OffsetRecord> Pending =>
        _pending.SelectMany(producer => producer.Value.Select(entry => new OffsetRecord(entry.Key, producer.Key, entry.Value)));

    public CommittedOffset? Get(TopicPartition partition) => _committed.GetValueOrDefault(partition);

    public bool HasPending(TopicPartition partition) => _pending.Values.Any(offsets => offsets.ContainsKey(partition));

    public IEnumerable<OffsetRecord> PlanCommit(IEnumerable<OffsetToCommit> offsets, long now, long expiresAt, long? producerId)
    {
        long sequence = _sequence;
        return offsets.Select(offset => new OffsetRecord(
            offset.Partition,
            producerId,
            new CommittedOffset(offset.Offset, offset.LeaderEpoch, offset.Metadata ?? "", now, expiresAt, ++sequence)
        ));
    }

    /// <summary>A producer's transaction ends: its pending offsets become the committed ones, or go away.</summary>
    public IEnumerable<OffsetRecord> PlanEndTransaction(long producerId, bool commit)
    {
        if (!_pending.TryGetValue(producerId, out Dictionary<TopicPartition, CommittedOffset>? offsets))
        {
            yield break;
        }

        foreach ((TopicPartition partition, CommittedOffset offset) in offsets)
        {
            yield return new OffsetRecord(partition, producerId, Offset: null);
            if (commit && !(_committed.TryGetValue(partition, out CommittedOffset? existing) && existing.Sequence > offset.Sequence))
            {
                yield return new OffsetRecord(partition, ProducerId: null, offset);
            }
        }
    }

    /// <summary>Everything known of the partition is forgotten, also in open transactions.</summary>
    public IEnumerable<OffsetRecord> PlanRemove(TopicPartition partition)
    {
        if (_committed.ContainsKey(partition))
        {
            yield return new OffsetRecord(partition, ProducerId: null, Offset: null);
        }

        foreach ((long producerId, Dictionary<TopicPartition, CommittedOffset>? offsets) in _pending)
        {
            if (offsets.ContainsKey(partition))
            {
                yield return new OffsetRecord(partition, producerId, Offset: null);
            }
        }
    }

    public IEnumerable<OffsetRecord> PlanRemoveAll() =>
        _committed.Keys.Concat(_pending.Values.SelectMany(offsets => offsets.Keys)).Distinct().SelectMany(PlanRemove);

    public void Apply(OffsetRecord record)
    {
        _sequence = Math.Max(_sequence, record.Offset?.Sequence ?? 0);
        if (record.ProducerId is not { } producerId)
        {
            Set(_committed, record);
            return;
        }

        if (!_pending.TryGetValue(producerId, out Dictionary<TopicPartition, CommittedOffset>? offsets))
        {
            _pending.Add(producerId, offsets = []);
        }

        Set(offsets, record);
        if (offsets.Count == 0)
        {
            _pending.Remove(producerId);
        }
    }

    private static void Set(Dictionary<TopicPartition, CommittedOffset> offsets, OffsetRecord record)
    {
        if (record.Offset is null)
        {
            offsets.Remove(record.Partition);
        }
        else
        {
            offsets[record.Partition] = record.Offset;
        }
    }
}
