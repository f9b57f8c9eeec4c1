using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups;

/// <content>Joining: new, known and static members.</content>
internal sealed partial class ConsumerGroup
{
    /// <summary>Adds or renews a member. The task ends when the generation is known, which may need every other member to rejoin.</summary>
    public Task<JoinGroupResult> Join(JoinGroupCommand command)
    {
        lock (_gate)
        {
            if (State == GroupState.Dead)
            {
                return Answer(ErrorCode.CoordinatorNotAvailable, command.MemberId);
            }

            if (!Supports(command))
            {
                return Answer(ErrorCode.InconsistentGroupProtocol, command.MemberId);
            }

            return command.MemberId.Length == 0 ? JoinNew(command) : JoinKnown(command);
        }
    }

    private static Task<JoinGroupResult> Answer(ErrorCode error, string memberId = "") =>
        Task.FromResult(JoinGroupResult.Failed(error, memberId));

    private bool Supports(JoinGroupCommand command)
    {
        if (_members.Count == 0)
        {
            return command.ProtocolType.Length > 0 && command.Protocols.Count > 0;
        }

        return string.Equals(_protocolType, command.ProtocolType, StringComparison.Ordinal)
            && _members.AnyProtocolSharedByAll(command.Protocols);
    }

    private Task<JoinGroupResult> JoinNew(JoinGroupCommand command)
    {
        string memberId = $"{command.InstanceId ?? command.ClientId}-{Guid.NewGuid():D}";
        if (command.InstanceId is not null)
        {
            return _members.StaticMemberId(command.InstanceId) is { } oldId && _members.TryGet(oldId, out GroupMember? old)
                ? ReplaceStatic(command, old, memberId)
                : AddMember(command, memberId);
        }

        if (!command.RequiresKnownMemberId)
        {
            return AddMember(command, memberId);
        }

        Deadline deadline = new(_time, _gate, () => ForgetPendingJoin(memberId));
        deadline.Set(command.SessionTimeout);
        _pendingJoins.Add(memberId, deadline);
        return Answer(ErrorCode.MemberIdRequired, memberId);
    }

    private Task<JoinGroupResult> JoinKnown(JoinGroupCommand command)
    {
        if (_pendingJoins.Remove(command.MemberId, out Deadline? pending))
        {
            pending.Dispose();
            return AddMember(command, command.MemberId);
        }

        ErrorCode error = Validate(command.MemberId, command.InstanceId, out GroupMember? member);
        if (member is null)
        {
            return Answer(error, command.MemberId);
        }

        // A follower whose subscription is what it was, or anyone who only missed the answer, learns the current generation again.
        // A leader may want a rebalance for reasons the broker cannot see, such as new partitions.
        bool unchanged = member.Matches(command.Protocols);
        return State switch
        {
            GroupState.CompletingRebalance when unchanged => Task.FromResult(CurrentGeneration(member)),
            GroupState.Stable when unchanged && !_members.IsLeader(member.MemberId) => Task.FromResult(CurrentGeneration(member)),
            GroupState.Empty => Answer(ErrorCode.UnknownMemberId, command.MemberId),
            _ => RejoinMember(command, member),
        };
    }

    private Task<JoinGroupResult> AddMember(JoinGroupCommand command, string memberId)
    {
        GroupMember? member = null;
        member = new GroupMember
        {
            MemberId = memberId,
            InstanceId = command.InstanceId,
            ClientId = command.ClientId,
            ClientHost = command.ClientHost,
            SessionTimeout = command.SessionTimeout,
            RebalanceTimeout = command.RebalanceTimeout,
            Protocols = command.Protocols,
            IsNew = true,
            Session = new Deadline(_time, _gate, () => OnSessionDeadline(member!)),
        };
        if (_members.Count == 0)
        {
            _protocolType = command.ProtocolType;
        }

        _members.Add(member);
        _memberAddedDuringDelay = true;
        Task<JoinGroupResult> answer = Park(member);

        // It cannot send heartbeats before it knows its id; if its client is gone, this ends the wait for it.
        member.Session.Set(_options.NewMemberJoinTimeout);
        RebalanceOrCompleteJoin();
        return answer;
    }

    private Task<JoinGroupResult> RejoinMember(JoinGroupCommand command, GroupMember member)
    {
        Renew(member, command);
        Task<JoinGroupResult> answer = Park(member);
        RebalanceOrCompleteJoin();
        return answer;
    }

    private Task<JoinGroupResult> ReplaceStatic(JoinGroupCommand command, GroupMember member, string newMemberId)
    {
        member.AnswerJoin(JoinGroupResult.Failed(ErrorCode.FencedInstanceId, member.MemberId));
        member.AnswerSync(SyncGroupResult.Failed(ErrorCode.FencedInstanceId));
        string ledBefore = _members.LeaderId ?? "";
        _pendingSyncs.Remove(member.MemberId);
        _members.Rename(member, newMemberId);
        Renew(member, command);
        member.Session.Set(member.SessionTimeout);

        if (State == GroupState.Stable && string.Equals(_members.SelectProtocol(), _protocolName, StringComparison.Ordinal))
        {
            PersistMetadata();
            JoinGroupResult current = CurrentGeneration(member);
            bool isLeader = _members.IsLeader(newMemberId);

            // Older clients are not told that they lead, or they would assign anew without a rebalance (KIP-345); newer ones are told to
            // skip that.
            return Task.FromResult(
                command.SupportsSkippingAssignment
                    ? current with
                    {
                        SkipAssignment = isLeader,
                    }
                    : current with
                    {
                        Leader = ledBefore,
                        Members = [],
                    }
            );
        }

        Task<JoinGroupResult> answer = Park(member);
        if (State is GroupState.Stable or GroupState.CompletingRebalance)
        {
            PrepareRebalance();
        }
        else
        {
            CompleteJoinIfAllJoined();
        }

        return answer;
    }

    private static void Renew(GroupMember member, JoinGroupCommand command)
    {
        member.Protocols = command.Protocols;
        member.SessionTimeout = command.SessionTimeout;
        member.RebalanceTimeout = command.RebalanceTimeout;
    }

    private static Task<JoinGroupResult> Park(GroupMember member)
    {
        // A second join of the same member comes on a new connection: nobody reads the first one's answer.
        member.AnswerJoin(JoinGroupResult.Failed(ErrorCode.RebalanceInProgress, member.MemberId));
        member.AwaitingJoin = new TaskCompletionSource<JoinGroupResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        return member.AwaitingJoin.Task;
    }

    private JoinGroupResult CurrentGeneration(GroupMember member) =>
        new()
        {
            MemberId = member.MemberId,
            Generation = _generation,
            ProtocolType = _protocolType,
            ProtocolName = _protocolName,
            Leader = _members.LeaderId ?? "",
            Members = _members.IsLeader(member.MemberId) ? _members.Describe(_protocolName) : [],
        };

    private void ForgetPendingJoin(string memberId)
    {
        if (_pendingJoins.Remove(memberId, out Deadline? deadline))
        {
            deadline.Dispose();
        }

        CompleteJoinIfAllJoined();
    }
}
