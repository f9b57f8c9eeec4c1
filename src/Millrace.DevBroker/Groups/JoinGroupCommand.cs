namespace Millrace.DevBroker.Groups;

/// <summary>What a member says when it joins, free of the wire's versions.</summary>
internal sealed record JoinGroupCommand
{
    public required string GroupId { get; init; }

    /// <summary>Empty for a member that has no id yet.</summary>
    public required string MemberId { get; init; }

    /// <summary>The static member's <c>group.instance.id</c>, or null for a dynamic member (KIP-345).</summary>
    public string? InstanceId { get; init; }

    public required string ClientId { get; init; }

    public required string ClientHost { get; init; }

    public required TimeSpan SessionTimeout { get; init; }

    public required TimeSpan RebalanceTimeout { get; init; }

    public required string ProtocolType { get; init; }

    public required IReadOnlyList<GroupProtocol> Protocols { get; init; }

    /// <summary>True from JoinGroup version 4 on: a new dynamic member is first given an id to come back with (KIP-394).</summary>
    public bool RequiresKnownMemberId { get; init; }

    /// <summary>True from JoinGroup version 9 on: a static leader that comes back can be told to keep the assignment (KIP-814).</summary>
    public bool SupportsSkippingAssignment { get; init; }
}
