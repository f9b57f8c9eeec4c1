using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol;
using Millrace.DevBroker.Protocol.Messages;

namespace Millrace.DevBroker.Groups.Handlers;

internal sealed class DescribeGroupsHandler(GroupCoordinator groups) : ApiHandler<DescribeGroups.Request, DescribeGroups.Response>
{
    /// <summary>As in Kafka, a group that does not exist is described as dead rather than as an error.</summary>
    public override ValueTask<DescribeGroups.Response?> HandleAsync(DescribeGroups.Request request, RequestContext context) =>
        new(new DescribeGroups.Response { Groups = [.. request.Groups!.Select(Describe)] });

    public override DescribeGroups.Response Fail(DescribeGroups.Request request, ErrorCode error) =>
        new() { Groups = [.. request.Groups!.Select(group => new DescribeGroups.Group { GroupId = group, Error = error })] };

    private DescribeGroups.Group Describe(string groupId)
    {
        if (groups.Describe(groupId) is not { } group)
            return new DescribeGroups.Group { GroupId = groupId, State = nameof(GroupState.Dead) };

        return new DescribeGroups.Group
        {
            GroupId = groupId,
            State = group.State.ToString(),
            ProtocolType = group.ProtocolType,
            ProtocolName = group.ProtocolName,
            Members = [.. group.Members.Select(ToWire)],
        };
    }

    private static DescribeGroups.Member ToWire(MemberDescription member) => new()
    {
        MemberId = member.MemberId,
        GroupInstanceId = member.InstanceId,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        Metadata = member.Metadata,
        Assignment = member.Assignment,
    };
}
