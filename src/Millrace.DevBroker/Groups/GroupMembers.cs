using System.Diagnostics.CodeAnalysis;

namespace Millrace.DevBroker.Groups;

/// <summary>
/// The members of one group, their static names, their leader and the protocols that they share. Guarded by the group's lock.
/// </summary>
internal sealed class GroupMembers
{
    private readonly Dictionary<string, GroupMember> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _staticIds = new(StringComparer.Ordinal);

    public int Count => _byId.Count;

    public string? LeaderId { get; private set; }

    public Dictionary<string, GroupMember>.ValueCollection All => _byId.Values;

    /// <summary>The longest time any member asks for to come back in a rebalance.</summary>
    public TimeSpan RebalanceTimeout => _byId.Count == 0 ? TimeSpan.Zero : _byId.Values.Max(member => member.RebalanceTimeout);

    public bool AllJoined => _byId.Values.All(member => member.AwaitingJoin is not null);

    public bool IsLeader(string memberId) => string.Equals(LeaderId, memberId, StringComparison.Ordinal);

    public bool TryGet(string memberId, [NotNullWhen(true)] out GroupMember? member) => _byId.TryGetValue(memberId, out member);

    public string? StaticMemberId(string instanceId) => _staticIds.GetValueOrDefault(instanceId);

    public void Add(GroupMember member)
    {
        _byId.Add(member.MemberId, member);
        if (member.InstanceId is not null)
        {
            _staticIds[member.InstanceId] = member.MemberId;
        }

        LeaderId ??= member.MemberId;
    }

    public void Restore(GroupMember member, bool leader)
    {
        Add(member);
        if (leader)
        {
            LeaderId = member.MemberId;
        }
    }

    public void Remove(GroupMember member)
    {
        if (!_byId.Remove(member.MemberId))
        {
            return;
        }

        if (member.InstanceId is not null)
        {
            _staticIds.Remove(member.InstanceId);
        }

        member.Session.Dispose();
        if (IsLeader(member.MemberId))
        {
            LeaderId = (FirstJoined() ?? _byId.Values.FirstOrDefault())?.MemberId;
        }
    }

    /// <summary>Gives a static member's place to its next incarnation: same assignment and, if it led, still the leader.</summary>
    public void Rename(GroupMember member, string newMemberId)
    {
        _byId.Remove(member.MemberId);
        if (IsLeader(member.MemberId))
        {
            LeaderId = newMemberId;
        }

        member.MemberId = newMemberId;
        _byId.Add(newMemberId, member);
        _staticIds[member.InstanceId!] = newMemberId;
    }

    /// <summary>Makes sure that the leader is one of those who joined. False when nobody did.</summary>
    public bool ElectJoinedLeader()
    {
        if (LeaderId is not null && _byId.TryGetValue(LeaderId, out GroupMember? leader) && leader.AwaitingJoin is not null)
        {
            return true;
        }

        if (FirstJoined() is not { } joined)
        {
            return false;
        }

        LeaderId = joined.MemberId;
        return true;
    }

    public bool AnyProtocolSharedByAll(IReadOnlyList<GroupProtocol> protocols) =>
        protocols.Any(protocol => _byId.Values.All(member => member.Speaks(protocol.Name)));

    /// <summary>Every member votes for the first of its protocols that all members speak; most votes win.</summary>
    public string SelectProtocol()
    {
        Dictionary<string, int> votes = new(StringComparer.Ordinal);
        foreach (GroupMember member in _byId.Values)
        {
            string choice = member.Protocols.First(protocol => _byId.Values.All(other => other.Speaks(protocol.Name))).Name;
            votes[choice] = votes.GetValueOrDefault(choice) + 1;
        }

        return votes.MaxBy(vote => vote.Value).Key;
    }

    public JoinedMember[] Describe(string? protocol) =>
        [.. _byId.Values.Select(member => new JoinedMember(member.MemberId, member.InstanceId, member.MetadataOf(protocol)))];

    private GroupMember? FirstJoined() => _byId.Values.FirstOrDefault(member => member.AwaitingJoin is not null);
}
