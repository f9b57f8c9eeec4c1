namespace Millrace.DevBroker.Groups;

/// <summary>One member of a group. Guarded by its group's lock.</summary>
internal sealed class GroupMember
{
    // Recovered after a restart.
    public required string MemberId { get; set; }

    public required string? InstanceId { get; init; }

    public required string ClientId { get; init; }

    public required string ClientHost { get; init; }

    public required TimeSpan SessionTimeout { get; set; }

    public required TimeSpan RebalanceTimeout { get; set; }

    public required IReadOnlyList<GroupProtocol> Protocols { get; set; }

    public byte[] Assignment { get; set; } = [];

    // Not recovered.
    public required Deadline Session { get; init; }

    /// <summary>True until the first join is answered: such a member has no id to send heartbeats with.</summary>
    public bool IsNew { get; set; }

    public TaskCompletionSource<JoinGroupResult>? AwaitingJoin { get; set; }

    public TaskCompletionSource<SyncGroupResult>? AwaitingSync { get; set; }

    public bool IsStatic => InstanceId is not null;

    /// <summary>A parked join or sync counts as a heartbeat, except for a member whose first join was never answered.</summary>
    public bool IsKeptAliveByParkedRequest => !IsNew && (AwaitingJoin is not null || AwaitingSync is not null);

    public bool IsCalled(string name) =>
        string.Equals(name, MemberId, StringComparison.Ordinal)
        || string.Equals(name, InstanceId, StringComparison.Ordinal)
        || string.Equals(name, ClientId, StringComparison.Ordinal);

    public byte[] MetadataOf(string? protocol)
    {
        foreach (GroupProtocol candidate in Protocols)
        {
            if (string.Equals(candidate.Name, protocol, StringComparison.Ordinal))
            {
                return candidate.Metadata;
            }
        }

        return [];
    }

    public bool Speaks(string protocol) => Protocols.Any(candidate => string.Equals(candidate.Name, protocol, StringComparison.Ordinal));

    /// <summary>True when <paramref name="protocols"/> says the same, in the same order of preference.</summary>
    public bool Matches(IReadOnlyList<GroupProtocol> protocols)
    {
        if (protocols.Count != Protocols.Count)
        {
            return false;
        }

        for (int i = 0; i < protocols.Count; i++)
        {
            if (!protocols[i].SameAs(Protocols[i]))
            {
                return false;
            }
        }

        return true;
    }

    public void AnswerJoin(JoinGroupResult result)
    {
        TaskCompletionSource<JoinGroupResult>? waiting = AwaitingJoin;
        AwaitingJoin = null;
        waiting?.TrySetResult(result);
    }

    public bool AnswerSync(SyncGroupResult result)
    {
        TaskCompletionSource<SyncGroupResult>? waiting = AwaitingSync;
        AwaitingSync = null;
        return waiting is not null && waiting.TrySetResult(result);
    }
}
