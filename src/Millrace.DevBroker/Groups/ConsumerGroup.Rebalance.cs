using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups;

/// <content>From one generation to the next.</content>
internal sealed partial class ConsumerGroup
{
    private void RebalanceOrCompleteJoin()
    {
        if (State == GroupState.PreparingRebalance)
        {
            CompleteJoinIfAllJoined();
        }
        else
        {
            PrepareRebalance();
        }
    }

    private void PrepareRebalance()
    {
        if (State == GroupState.CompletingRebalance)
        {
            foreach (GroupMember member in _members.All)
            {
                member.Assignment = [];
                if (member.AnswerSync(SyncGroupResult.Failed(ErrorCode.RebalanceInProgress)))
                {
                    member.Session.Set(member.SessionTimeout);
                }
            }
        }

        _pendingSyncs.Clear();
        _syncDeadline.Clear();
        _isInitialRebalance = State == GroupState.Empty && _options.InitialRebalanceDelay > TimeSpan.Zero;
        Enter(GroupState.PreparingRebalance);
        if (_isInitialRebalance)
        {
            _memberAddedDuringDelay = false;
            _initialDelayLeft = _members.RebalanceTimeout - _options.InitialRebalanceDelay;
            _joinDeadline.Set(_options.InitialRebalanceDelay);
        }
        else if (!CompleteJoinIfAllJoined())
        {
            _joinDeadline.Set(_members.RebalanceTimeout);
        }
    }

    private bool CompleteJoinIfAllJoined()
    {
        if (State != GroupState.PreparingRebalance || _isInitialRebalance || _pendingJoins.Count > 0 || !_members.AllJoined)
        {
            return false;
        }

        CompleteJoin();
        return true;
    }

    private void OnJoinDeadline()
    {
        if (State != GroupState.PreparingRebalance)
        {
            return;
        }

        if (_isInitialRebalance && _memberAddedDuringDelay && _initialDelayLeft > TimeSpan.Zero)
        {
            TimeSpan delay = _options.InitialRebalanceDelay < _initialDelayLeft ? _options.InitialRebalanceDelay : _initialDelayLeft;
            _memberAddedDuringDelay = false;
            _initialDelayLeft -= delay;
            _joinDeadline.Set(delay);
            return;
        }

        _isInitialRebalance = false;
        CompleteJoin();
    }

    private void CompleteJoin()
    {
        _joinDeadline.Clear();
        _isInitialRebalance = false;
        foreach (GroupMember late in _members.All.Where(member => member.AwaitingJoin is null && !member.IsStatic).ToArray())
        {
            _members.Remove(late);
        }

        if (_members.Count == 0)
        {
            BecomeEmpty();
            return;
        }

        if (!_members.ElectJoinedLeader())
        {
            // Only static members are left and none came back: their sessions decide.
            _joinDeadline.Set(_members.RebalanceTimeout);
            return;
        }

        _generation++;
        _protocolName = _members.SelectProtocol();
        Enter(GroupState.CompletingRebalance);
        foreach (GroupMember member in _members.All)
        {
            member.AnswerJoin(CurrentGeneration(member));
            member.IsNew = false;
            member.Session.Set(member.SessionTimeout);
            _pendingSyncs.Add(member.MemberId);
        }

        _syncDeadline.Set(_members.RebalanceTimeout);
    }

    private void BecomeEmpty()
    {
        _joinDeadline.Clear();
        _syncDeadline.Clear();
        _pendingSyncs.Clear();
        _generation++;
        _protocolName = null;
        Enter(GroupState.Empty);
        PersistMetadata();
    }

    private void OnSyncDeadline()
    {
        if (State is not (GroupState.CompletingRebalance or GroupState.Stable) || _pendingSyncs.Count == 0)
        {
            return;
        }

        foreach (string memberId in _pendingSyncs.ToArray())
        {
            if (_members.TryGet(memberId, out GroupMember? member))
            {
                RemoveMember(member);
            }
        }

        PrepareRebalance();
    }

    private void OnSessionDeadline(GroupMember member)
    {
        if (member.IsKeptAliveByParkedRequest)
        {
            return;
        }

        RemoveMember(member);
        AfterMembersRemoved();
    }

    private void RemoveMember(GroupMember member)
    {
        // Its client, should it still be there, joins again without an id.
        member.AnswerJoin(JoinGroupResult.Failed(ErrorCode.UnknownMemberId));
        member.AnswerSync(SyncGroupResult.Failed(ErrorCode.UnknownMemberId));
        _pendingSyncs.Remove(member.MemberId);
        _members.Remove(member);
    }

    private void AfterMembersRemoved()
    {
        if (State is GroupState.Stable or GroupState.CompletingRebalance)
        {
            PrepareRebalance();
        }
        else
        {
            CompleteJoinIfAllJoined();
        }
    }
}
