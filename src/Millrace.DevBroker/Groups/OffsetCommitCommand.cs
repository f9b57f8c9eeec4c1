namespace Millrace.DevBroker.Groups;

/// <summary>A member, or someone outside of the group's protocol, commits offsets.</summary>
internal sealed record OffsetCommitCommand
{
    public required string GroupId { get; init; }

    /// <summary>-1 for a commit from outside the group's protocol.</summary>
    public int Generation { get; init; } = -1;

    public string MemberId { get; init; } = "";

    public string? InstanceId { get; init; }

    /// <summary>How long the offsets are to be kept (OffsetCommit 2 to 4), or null for the broker's retention.</summary>
    public TimeSpan? Retention { get; init; }

    public required IReadOnlyList<OffsetToCommit> Offsets { get; init; }
}
