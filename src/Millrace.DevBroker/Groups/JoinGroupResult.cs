using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups;

/// <summary>The answer to a join: an error, or the generation that the member now belongs to.</summary>
internal sealed record JoinGroupResult
{
    public ErrorCode Error { get; init; }

    public int Generation { get; init; } = -1;

    public string? ProtocolType { get; init; }

    public string? ProtocolName { get; init; }

    public string Leader { get; init; } = "";

    public bool SkipAssignment { get; init; }

    public string MemberId { get; init; } = "";

    /// <summary>All members with their metadata for the leader; empty for everyone else.</summary>
    public IReadOnlyList<JoinedMember> Members { get; init; } = [];

    public static JoinGroupResult Failed(ErrorCode error, string memberId = "") => new() { Error = error, MemberId = memberId };
}
