using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups;

/// <content>Offsets: commit, fetch, delete, expiry.</content>
internal sealed partial class ConsumerGroup
{
    /// <summary>Commits offsets that everybody sees at once.</summary>
    /// <param name="command">The commit.</param>
    /// <param name="written">Whether this change is in the journal.</param>
    public ErrorCode CommitOffsets(OffsetCommitCommand command, out Task<bool> written)
    {
        lock (_gate)
        {
            written = _lastWrite;
            ErrorCode error = ValidateCommit(command, transactional: false);
            if (error != ErrorCode.None)
            {
                return error;
            }

            if (_members.TryGet(command.MemberId, out GroupMember? member))
            {
                member.Session.Set(member.SessionTimeout);
            }

            long now = NowMs();
            long expiresAt = command.Retention is { } retention ? now + (long)retention.TotalMilliseconds : -1;
            written = Write(_offsets.PlanCommit(command.Offsets, now, expiresAt, producerId: null));
            return ErrorCode.None;
        }
    }

    /// <summary>Notes offsets that become visible if and when the producer's transaction commits.</summary>
    public ErrorCode CommitTransactionalOffsets(OffsetCommitCommand command, long producerId, out Task<bool> written)
    {
        lock (_gate)
        {
            written = _lastWrite;
            ErrorCode error = ValidateCommit(command, transactional: true);
            if (error == ErrorCode.None)
            {
                written = Write(_offsets.PlanCommit(command.Offsets, NowMs(), expiresAt: -1, producerId));
            }

            return error;
        }
    }

    /// <summary>Makes a producer's pending offsets the committed ones, or drops them. Doing it again changes nothing.</summary>
    /// <returns>Whether this change is in the journal.</returns>
    public Task<bool> EndTransaction(long producerId, bool commit)
    {
        lock (_gate)
        {
            return State == GroupState.Dead ? Task.FromResult(true) : Write(_offsets.PlanEndTransaction(producerId, commit));
        }
    }

    /// <param name="partitions">The partitions asked for, or null for all that have an offset.</param>
    /// <param name="requireStable">Whether to report partitions that an open transaction may still change as unstable (KIP-447).</param>
    public List<FetchedOffset> FetchOffsets(IReadOnlyList<TopicPartition>? partitions, bool requireStable)
    {
        lock (_gate)
        {
            return
            [
                .. (partitions ?? [.. _offsets.Committed.Keys]).Select(partition => new FetchedOffset(
                    partition,
                    _offsets.Get(partition),
                    requireStable && _offsets.HasPending(partition)
                )),
            ];
        }
    }

    /// <summary>Forgets the partitions' offsets, unless somebody in the group reads the topic.</summary>
    /// <returns>An error for the whole request, or one for each partition.</returns>
    public (ErrorCode Error, ErrorCode[] ByPartition) DeleteOffsets(IReadOnlyList<TopicPartition> partitions, out Task<bool> written)
    {
        lock (_gate)
        {
            written = _lastWrite;
            if (State == GroupState.Dead)
            {
                return (ErrorCode.GroupIdNotFound, []);
            }

            if (State != GroupState.Empty && !IsConsumerProtocol)
            {
                return (ErrorCode.NonEmptyGroup, []);
            }

            HashSet<string>? subscribed = SubscribedTopics();
            ErrorCode[] errors = new ErrorCode[partitions.Count];
            List<OffsetRecord> removed = new();
            for (int i = 0; i < errors.Length; i++)
            {
                if (IsSubscribed(subscribed, partitions[i].Topic))
                {
                    errors[i] = ErrorCode.GroupSubscribedToTopic;
                }
                else
                {
                    removed.AddRange(_offsets.PlanRemove(partitions[i]));
                }
            }

            written = Write(removed);
            return (ErrorCode.None, errors);
        }
    }

    /// <summary>The topic is gone: so is what was committed for it.</summary>
    public void ForgetTopic(string topic)
    {
        lock (_gate)
        {
            IEnumerable<TopicPartition> gone = _offsets
                .Committed.Keys.Concat(_offsets.Pending.Select(record => record.Partition))
                .Where(partition => string.Equals(partition.Topic, topic, StringComparison.Ordinal))
                .Distinct();
            _ = Write(gone.SelectMany(_offsets.PlanRemove));
        }
    }

    /// <summary>Removes the group with its offsets if it has no members.</summary>
    public ErrorCode Delete(out Task<bool> written)
    {
        lock (_gate)
        {
            written = _lastWrite;
            if (State == GroupState.Dead)
            {
                return ErrorCode.GroupIdNotFound;
            }

            if (State != GroupState.Empty)
            {
                return ErrorCode.NonEmptyGroup;
            }

            written = RemoveFromJournal();
            return ErrorCode.None;
        }
    }

    /// <summary>Drops offsets past their retention. True when that left nothing of the group and it is dead now.</summary>
    public bool ExpireOffsets()
    {
        lock (_gate)
        {
            if (State == GroupState.Dead)
            {
                return false;
            }

            long now = NowMs();
            HashSet<string>? subscribed = SubscribedTopics();
            _ = Write(
                _offsets
                    .Committed.Where(entry =>
                        IsExpired(entry.Value, now) && !IsSubscribed(subscribed, entry.Key.Topic) && !_offsets.HasPending(entry.Key)
                    )
                    .Select(entry => new OffsetRecord(entry.Key, ProducerId: null, Offset: null))
            );
            if (State != GroupState.Empty || _pendingJoins.Count > 0 || !_offsets.IsEmpty)
            {
                return false;
            }

            _ = RemoveFromJournal();
            return true;
        }
    }

    private ErrorCode ValidateCommit(OffsetCommitCommand command, bool transactional)
    {
        if (State == GroupState.Dead)
        {
            return ErrorCode.CoordinatorNotAvailable;
        }

        // An administrator, or a consumer that assigns its partitions itself.
        if (command.Generation < 0 && State == GroupState.Empty)
        {
            return ErrorCode.None;
        }

        if (command.Generation >= 0 || command.MemberId.Length > 0 || command.InstanceId is not null)
        {
            ErrorCode error = Validate(command.MemberId, command.InstanceId, command.Generation, out _);
            if (error != ErrorCode.None)
            {
                return error;
            }
        }
        else if (!transactional && State != GroupState.Empty)
        {
            return ErrorCode.UnknownMemberId;
        }

        return !transactional && State == GroupState.CompletingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
    }

    private bool IsExpired(CommittedOffset offset, long now)
    {
        if (State is GroupState.PreparingRebalance or GroupState.CompletingRebalance || (State == GroupState.Stable && !IsConsumerProtocol))
        {
            return false;
        }

        if (offset.ExpiresAt >= 0)
        {
            return now >= offset.ExpiresAt;
        }

        long since =
            State == GroupState.Empty && _protocolType is not null ? Math.Max(_stateSince, offset.CommittedAt) : offset.CommittedAt;
        return now - since >= (long)_options.OffsetsRetention.TotalMilliseconds;
    }

    private bool IsConsumerProtocol => string.Equals(_protocolType, ConsumerProtocol.Type, StringComparison.Ordinal);

    /// <summary>The topics of all members, or null when one of them cannot be read: then every topic may be subscribed.</summary>
    private HashSet<string>? SubscribedTopics()
    {
        HashSet<string> topics = new(StringComparer.Ordinal);
        foreach (GroupMember member in _members.All)
        {
            byte[] metadata = member.MetadataOf(_protocolName ?? member.Protocols[0].Name);
            if (!IsConsumerProtocol || !ConsumerProtocol.TryReadTopics(metadata, topics))
            {
                return null;
            }
        }

        return topics;
    }

    private static bool IsSubscribed(HashSet<string>? topics, string topic) => topics is null || topics.Contains(topic);
}
