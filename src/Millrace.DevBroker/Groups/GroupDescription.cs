namespace Millrace.DevBroker.Groups;

/// <summary>A group as an administrator sees it.</summary>
internal sealed record GroupDescription
{
    public required string GroupId { get; init; }

    public required GroupState State { get; init; }

    public string ProtocolType { get; init; } = "";

    public string ProtocolName { get; init; } = "";

    public IReadOnlyList<MemberDescription> Members { get; init; } = [];
}
