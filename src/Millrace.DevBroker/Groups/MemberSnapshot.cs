namespace Millrace.DevBroker.Groups;

/// <summary>What is written down of a member.</summary>
internal sealed record MemberSnapshot
{
    public required string MemberId { get; init; }

    public required string? InstanceId { get; init; }

    public required string ClientId { get; init; }

    public required string ClientHost { get; init; }

    public required TimeSpan SessionTimeout { get; init; }

    public required TimeSpan RebalanceTimeout { get; init; }

    public IReadOnlyList<GroupProtocol> Protocols { get; init; } = [];

    public byte[] Assignment { get; init; } = [];
}
