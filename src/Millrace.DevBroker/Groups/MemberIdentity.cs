namespace Millrace.DevBroker.Groups;

/// <summary>How a request names a member: by id, by static instance id, or by both.</summary>
internal readonly record struct MemberIdentity(string MemberId, string? InstanceId);
