namespace Millrace.DevBroker.Groups;

/// <summary>A member as the leader sees it when it computes the assignment.</summary>
internal sealed record JoinedMember(string MemberId, string? InstanceId, byte[] Metadata);
