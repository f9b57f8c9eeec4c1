using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups;

/// <content>Sync, heartbeat and leave.</content>
internal sealed partial class ConsumerGroup
{
    /// <summary>Hands the member its assignment as soon as the leader has brought it.</summary>
    public Task<SyncGroupResult> Sync(SyncGroupCommand command)
    {
        lock (_gate)
        {
            if (State == GroupState.Dead)
            {
                return Answer(ErrorCode.CoordinatorNotAvailable);
            }

            ErrorCode error = Validate(command.MemberId, command.InstanceId, command.Generation, out GroupMember? member);
            if (error != ErrorCode.None)
            {
                return Answer(error);
            }

            if (Differs(command.ProtocolType, _protocolType) || Differs(command.ProtocolName, _protocolName))
            {
                return Answer(ErrorCode.InconsistentGroupProtocol);
            }

            switch (State)
            {
                case GroupState.CompletingRebalance:
                    return SyncCompleting(command, member!);
                case GroupState.Stable:
                    _pendingSyncs.Remove(command.MemberId);
                    member!.Session.Set(member.SessionTimeout);
                    return Task.FromResult(AssignmentOf(member));
                case GroupState.PreparingRebalance:
                    return Answer(ErrorCode.RebalanceInProgress);
                default:
                    return Answer(ErrorCode.UnknownMemberId);
            }
        }

        static Task<SyncGroupResult> Answer(ErrorCode error) => Task.FromResult(SyncGroupResult.Failed(error));

        static bool Differs(string? asked, string? actual) => asked is not null && !string.Equals(asked, actual, StringComparison.Ordinal);
    }

    public ErrorCode Heartbeat(string memberId, string? instanceId, int generation)
    {
        lock (_gate)
        {
            if (State == GroupState.Dead)
            {
                return ErrorCode.CoordinatorNotAvailable;
            }

            ErrorCode error = Validate(memberId, instanceId, generation, out GroupMember? member);
            if (error != ErrorCode.None)
            {
                return error;
            }

            member!.Session.Set(member.SessionTimeout);
            return State == GroupState.PreparingRebalance ? ErrorCode.RebalanceInProgress : ErrorCode.None;
        }
    }

    /// <summary>Removes the members and rebalances once for all of them.</summary>
    /// <returns>One error for each of <paramref name="identities"/>, in order.</returns>
    public ErrorCode[] Leave(IReadOnlyList<MemberIdentity> identities)
    {
        lock (_gate)
        {
            ErrorCode[] errors = new ErrorCode[identities.Count];
            if (State == GroupState.Dead)
            {
                Array.Fill(errors, ErrorCode.CoordinatorNotAvailable);
                return errors;
            }

            for (int i = 0; i < errors.Length; i++)
            {
                errors[i] = LeaveOne(identities[i]);
            }

            if (errors.Contains(ErrorCode.None))
            {
                AfterMembersRemoved();
            }

            return errors;
        }
    }

    private ErrorCode LeaveOne(MemberIdentity identity)
    {
        string? memberId = identity.MemberId;
        if (memberId.Length == 0)
        {
            // An administrator removes a static member by its instance id alone.
            if (identity.InstanceId is null || _members.StaticMemberId(identity.InstanceId) is not { } staticId)
            {
                return ErrorCode.UnknownMemberId;
            }

            memberId = staticId;
        }
        else if (_pendingJoins.Remove(memberId, out Deadline? pending))
        {
            pending.Dispose();
            return ErrorCode.None;
        }

        ErrorCode error = Validate(memberId, identity.InstanceId, out GroupMember? member);
        if (member is not null)
        {
            RemoveMember(member);
        }

        return error;
    }

    private Task<SyncGroupResult> SyncCompleting(SyncGroupCommand command, GroupMember member)
    {
        member.AnswerSync(SyncGroupResult.Failed(ErrorCode.RebalanceInProgress));
        member.AwaitingSync = new TaskCompletionSource<SyncGroupResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<SyncGroupResult> answer = member.AwaitingSync.Task;
        _pendingSyncs.Remove(member.MemberId);
        if (!_members.IsLeader(member.MemberId))
        {
            return answer;
        }

        Dictionary<string, byte[]> assignments = command
            .Assignments.DistinctBy(assignment => assignment.Key, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
        foreach (GroupMember each in _members.All)
        {
            each.Assignment = assignments.GetValueOrDefault(each.MemberId) ?? [];
        }

        // Written down first: a generation that any member acts on is found again after a crash.
        Enter(GroupState.Stable);
        PersistMetadata();
        foreach (GroupMember each in _members.All)
        {
            if (each.AnswerSync(AssignmentOf(each)))
            {
                each.Session.Set(each.SessionTimeout);
            }
        }

        return answer;
    }

    private SyncGroupResult AssignmentOf(GroupMember member) => new(ErrorCode.None, _protocolType, _protocolName, member.Assignment);
}
