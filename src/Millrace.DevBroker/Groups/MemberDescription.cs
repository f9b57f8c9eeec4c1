namespace Millrace.DevBroker.Groups;

/// <summary>A member as an administrator sees it; metadata and assignment are empty unless the group is stable.</summary>
internal sealed record MemberDescription(
    string MemberId,
    string? InstanceId,
    string ClientId,
    string ClientHost,
    byte[] Metadata,
    byte[] Assignment
);
