namespace Millrace.DevBroker.Groups;

/// <content>What survives a restart.</content>
internal sealed partial class ConsumerGroup
{
    /// <summary>Takes up what was written down. Members get a whole session to show that they are still there.</summary>
    public void Restore(GroupSnapshot group)
    {
        lock (_gate)
        {
            _generation = group.Generation;
            _protocolType = group.ProtocolType;
            _protocolName = group.ProtocolName;
            foreach (MemberSnapshot snapshot in group.Members)
            {
                GroupMember? member = null;
                member = new GroupMember
                {
                    MemberId = snapshot.MemberId,
                    InstanceId = snapshot.InstanceId,
                    ClientId = snapshot.ClientId,
                    ClientHost = snapshot.ClientHost,
                    SessionTimeout = snapshot.SessionTimeout,
                    RebalanceTimeout = snapshot.RebalanceTimeout,
                    Protocols = snapshot.Protocols,
                    Assignment = snapshot.Assignment,
                    Session = new Deadline(_time, _gate, () => OnSessionDeadline(member!)),
                };
                _members.Restore(member, leader: string.Equals(group.LeaderId, snapshot.MemberId, StringComparison.Ordinal));
                member.Session.Set(member.SessionTimeout);
            }

            State = _members.Count == 0 ? GroupState.Empty : GroupState.Stable;
            _stateSince = group.StateSince;
        }
    }

    public void Restore(OffsetRecord offset)
    {
        lock (_gate)
        {
            _offsets.Apply(offset);
        }
    }

    /// <summary>
    /// Writes the generation down. If that fails the group goes on: after a crash the older generation is found, its members are told that
    /// theirs is unknown, and they join again.
    /// </summary>
    private void PersistMetadata() => _ = Write([GroupRecords.Metadata(Id, Snapshot())]);

    private GroupSnapshot Snapshot() =>
        new()
        {
            Generation = _generation,
            ProtocolType = _protocolType,
            ProtocolName = _protocolName,
            LeaderId = _members.LeaderId,
            StateSince = _stateSince,
            Members =
            [
                .. _members.All.Select(member => new MemberSnapshot
                {
                    MemberId = member.MemberId,
                    InstanceId = member.InstanceId,
                    ClientId = member.ClientId,
                    ClientHost = member.ClientHost,
                    SessionTimeout = member.SessionTimeout,
                    RebalanceTimeout = member.RebalanceTimeout,
                    Protocols = member.Protocols,
                    Assignment = member.Assignment,
                }),
            ],
        };

    private Task<bool> Write(IEnumerable<OffsetRecord> planned)
    {
        OffsetRecord[] records = planned.ToArray();
        if (records.Length == 0)
        {
            return _lastWrite;
        }

        Task<bool> written = Write(records.Select(record => GroupRecords.Offset(Id, record)));
        foreach (OffsetRecord record in records)
        {
            _offsets.Apply(record);
        }

        return written;
    }

    private Task<bool> RemoveFromJournal()
    {
        Task<bool> written = Write(
            _offsets.PlanRemoveAll().Select(record => GroupRecords.Offset(Id, record)).Append(GroupRecords.Removed(Id))
        );
        Kill();
        return written;
    }

    private Task<bool> Write(IEnumerable<KeyValuePair<string, byte[]?>> changes) => _lastWrite = WriteAsync([.. changes]);

    private async Task<bool> WriteAsync(KeyValuePair<string, byte[]?>[] changes)
    {
        try
        {
            await _journal.WriteAsync(changes).ConfigureAwait(false);
            return true;
        }
        catch (IOException exception)
        {
            _log.GroupNotWritten(exception, Id);
            return false;
        }
    }
}
