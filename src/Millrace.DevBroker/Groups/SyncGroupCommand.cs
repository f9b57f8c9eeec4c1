namespace Millrace.DevBroker.Groups;

/// <summary>A member asks for its assignment; the leader brings everybody's.</summary>
internal sealed record SyncGroupCommand
{
    public required string GroupId { get; init; }

    public required int Generation { get; init; }

    public required string MemberId { get; init; }

    public string? InstanceId { get; init; }

    /// <summary>Checked against the group's when given (version 5 on).</summary>
    public string? ProtocolType { get; init; }

    /// <summary>Checked against the group's when given (version 5 on).</summary>
    public string? ProtocolName { get; init; }

    public IReadOnlyList<KeyValuePair<string, byte[]>> Assignments { get; init; } = [];
}
