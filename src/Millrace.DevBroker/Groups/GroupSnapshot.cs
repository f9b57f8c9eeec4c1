namespace Millrace.DevBroker.Groups;

/// <summary>What is written down of a group apart from its offsets. A group with members is stable when it is read back.</summary>
internal sealed record GroupSnapshot
{
    public required int Generation { get; init; }

    public string? ProtocolType { get; init; }

    public string? ProtocolName { get; init; }

    public string? LeaderId { get; init; }

    public required long StateSince { get; init; }

    public List<MemberSnapshot> Members { get; init; } = [];
}
