using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Journals;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups;

/// <summary>
/// All consumer groups of the broker. A change is in the journal before the task that answers it ends; a commit that could not be written
/// is answered with an error, though this broker goes on with it until it stops.
/// </summary>
internal sealed class GroupCoordinator : IGroupFaults, IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, ConsumerGroup> _groups = new(StringComparer.Ordinal);
    private readonly GroupCoordinatorOptions _options;
    private readonly TimeProvider _time;
    private readonly IJournal _journal;
    private readonly ILogger _log;
    private readonly ITimer _expiry;

    public GroupCoordinator(GroupCoordinatorOptions options, TimeProvider time, IJournal journal, ILogger log)
    {
        _options = options;
        _time = time;
        _journal = journal;
        _log = log;
        Recover();
        _expiry = time.CreateTimer(
            static state => ((GroupCoordinator)state!).ExpireOffsets(),
            this,
            options.OffsetsRetentionCheckInterval,
            options.OffsetsRetentionCheckInterval
        );
    }

    public async ValueTask<JoinGroupResult> JoinAsync(JoinGroupCommand command, CancellationToken cancellationToken)
    {
        if (command.GroupId.Length == 0)
        {
            return JoinGroupResult.Failed(ErrorCode.InvalidGroupId, command.MemberId);
        }

        if (command.SessionTimeout < _options.MinSessionTimeout || command.SessionTimeout > _options.MaxSessionTimeout)
        {
            return JoinGroupResult.Failed(ErrorCode.InvalidSessionTimeout, command.MemberId);
        }

        ConsumerGroup? group = command.MemberId.Length == 0 ? GetOrAdd(command.GroupId) : Find(command.GroupId);
        if (group is null)
        {
            return JoinGroupResult.Failed(ErrorCode.UnknownMemberId, command.MemberId);
        }

        JoinGroupResult result = await group.Join(command).WaitAsync(cancellationToken).ConfigureAwait(false);
        await group.WrittenAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        return result;
    }

    public async ValueTask<SyncGroupResult> SyncAsync(SyncGroupCommand command, CancellationToken cancellationToken)
    {
        if (command.GroupId.Length == 0)
        {
            return SyncGroupResult.Failed(ErrorCode.InvalidGroupId);
        }

        if (Find(command.GroupId) is not { } group)
        {
            return SyncGroupResult.Failed(ErrorCode.UnknownMemberId);
        }

        SyncGroupResult result = await group.Sync(command).WaitAsync(cancellationToken).ConfigureAwait(false);
        await group.WrittenAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        return result;
    }

    public ErrorCode Heartbeat(string groupId, string memberId, string? instanceId, int generation)
    {
        if (groupId.Length == 0)
        {
            return ErrorCode.InvalidGroupId;
        }

        return Find(groupId)?.Heartbeat(memberId, instanceId, generation) ?? ErrorCode.UnknownMemberId;
    }

    /// <returns>One error for each of <paramref name="members"/>, in order.</returns>
    public async ValueTask<ErrorCode[]> LeaveAsync(
        string groupId,
        IReadOnlyList<MemberIdentity> members,
        CancellationToken cancellationToken
    )
    {
        if (Find(groupId) is not { } group)
        {
            return [.. Enumerable.Repeat(groupId.Length == 0 ? ErrorCode.InvalidGroupId : ErrorCode.UnknownMemberId, members.Count)];
        }

        ErrorCode[] errors = group.Leave(members);
        await group.WrittenAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        return errors;
    }

    public async ValueTask<ErrorCode> CommitOffsetsAsync(OffsetCommitCommand command, CancellationToken cancellationToken)
    {
        // Someone outside of the group's protocol makes the group by committing to it.
        ConsumerGroup? group = command.Generation < 0 ? GetOrAdd(command.GroupId) : Find(command.GroupId);
        return group is null
            ? ErrorCode.IllegalGeneration
            : await Written(group.CommitOffsets(command, out Task<bool>? written), written, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Notes offsets that become visible when the producer's transaction commits.</summary>
    public async ValueTask<ErrorCode> CommitTransactionalOffsetsAsync(
        OffsetCommitCommand command,
        long producerId,
        CancellationToken cancellationToken
    )
    {
        ConsumerGroup? group = command.Generation < 0 ? GetOrAdd(command.GroupId) : Find(command.GroupId);
        return group is null
            ? ErrorCode.IllegalGeneration
            : await Written(group.CommitTransactionalOffsets(command, producerId, out Task<bool>? written), written, cancellationToken)
                .ConfigureAwait(false);
    }

    /// <summary>
    /// Ends a producer's transaction in one group: its pending offsets become visible or go away. Doing it again changes nothing.
    /// </summary>
    public async ValueTask<ErrorCode> EndTransactionAsync(string groupId, long producerId, bool commit, CancellationToken cancellationToken)
    {
        if (Find(groupId) is not { } group)
        {
            return ErrorCode.None;
        }

        return await Written(ErrorCode.None, group.EndTransaction(producerId, commit), cancellationToken).ConfigureAwait(false);
    }

    /// <param name="groupId">The group; one that does not exist has no offsets.</param>
    /// <param name="partitions">The partitions asked for, or null for all that have an offset.</param>
    /// <param name="requireStable">Whether offsets that an open transaction may still change are reported as unstable.</param>
    public List<FetchedOffset> FetchOffsets(string groupId, IReadOnlyList<TopicPartition>? partitions, bool requireStable)
    {
        if (Find(groupId) is { } group)
        {
            return group.FetchOffsets(partitions, requireStable);
        }

        return [.. (partitions ?? []).Select(partition => new FetchedOffset(partition, Offset: null, IsUnstable: false))];
    }

    public async ValueTask<(ErrorCode Error, ErrorCode[] ByPartition)> DeleteOffsetsAsync(
        string groupId,
        IReadOnlyList<TopicPartition> partitions,
        CancellationToken cancellationToken
    )
    {
        if (Find(groupId) is not { } group)
        {
            return (groupId.Length == 0 ? ErrorCode.InvalidGroupId : ErrorCode.GroupIdNotFound, []);
        }

        (ErrorCode error, ErrorCode[]? byPartition) = group.DeleteOffsets(partitions, out Task<bool>? written);
        return (await Written(error, written, cancellationToken).ConfigureAwait(false), byPartition);
    }

    public async ValueTask<ErrorCode> DeleteGroupAsync(string groupId, CancellationToken cancellationToken)
    {
        if (Find(groupId) is not { } group)
        {
            return groupId.Length == 0 ? ErrorCode.InvalidGroupId : ErrorCode.GroupIdNotFound;
        }

        ErrorCode error = group.Delete(out Task<bool>? written);
        if (error == ErrorCode.None)
        {
            _groups.TryRemove(KeyValuePair.Create(groupId, group));
        }

        return await Written(error, written, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The group, or null when there is none of that name.</summary>
    public GroupDescription? Describe(string groupId) => Find(groupId)?.Describe();

    public GroupDescription[] List() =>
        [.. _groups.Values.Select(group => group.Describe()).Where(group => group.State != GroupState.Dead)];

    /// <inheritdoc/>
    public bool ForceRebalance(string groupId) => Find(groupId)?.ForceRebalance() ?? false;

    /// <inheritdoc/>
    public int ExpireMembers(string groupId, string? member) => Find(groupId)?.ExpireMembers(member) ?? 0;

    /// <summary>Forgets what was committed for a topic that is deleted.</summary>
    public void ForgetTopic(string topic)
    {
        foreach (ConsumerGroup group in _groups.Values)
        {
            group.ForgetTopic(topic);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _expiry.DisposeAsync().ConfigureAwait(false);
        foreach (ConsumerGroup group in _groups.Values)
        {
            group.Dispose();
        }
    }

    private static async ValueTask<ErrorCode> Written(ErrorCode error, Task<bool> written, CancellationToken cancellationToken)
    {
        if (error != ErrorCode.None)
        {
            return error;
        }

        // What Kafka says when its offsets topic cannot be written: clients try again.
        return await written.WaitAsync(cancellationToken).ConfigureAwait(false) ? error : ErrorCode.CoordinatorNotAvailable;
    }

    private ConsumerGroup? Find(string groupId) =>
        _groups.TryGetValue(groupId, out ConsumerGroup? group) && group.State != GroupState.Dead ? group : null;

    private ConsumerGroup GetOrAdd(string groupId)
    {
        while (true)
        {
            ConsumerGroup group = _groups.GetOrAdd(groupId, static (id, self) => self.NewGroup(id), this);
            if (group.State != GroupState.Dead)
            {
                return group;
            }

            // It died between our look-up and its removal by whoever deleted it.
            _groups.TryRemove(KeyValuePair.Create(groupId, group));
        }
    }

    private ConsumerGroup NewGroup(string groupId) => new(groupId, _options, _time, _journal, _log);

    private void Recover()
    {
        foreach ((_, byte[]? value) in _journal.Entries())
        {
            (string? groupId, GroupSnapshot? metadata, OffsetRecord? offset) = GroupRecords.Read(value);
            ConsumerGroup group = GetOrAdd(groupId);
            if (metadata is not null)
            {
                group.Restore(metadata);
            }

            if (offset is { } record)
            {
                group.Restore(record);
            }
        }

        if (!_groups.IsEmpty)
        {
            _log.GroupsRecovered(_groups.Count);
        }
    }

    private void ExpireOffsets()
    {
        foreach ((string groupId, ConsumerGroup group) in _groups)
        {
            if (group.ExpireOffsets())
            {
                _groups.TryRemove(KeyValuePair.Create(groupId, group));
            }
        }
    }
}
