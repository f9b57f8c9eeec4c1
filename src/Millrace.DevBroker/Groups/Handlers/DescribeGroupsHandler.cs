using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups.Handlers;

internal sealed class DescribeGroupsHandler(GroupCoordinator groups) : ApiHandler<DescribeGroups.Request, DescribeGroups.Response>
{
    private const int FirstVersionWithGroupIdNotFound = 6;

    public override ValueTask<DescribeGroups.Response?> HandleAsync(DescribeGroups.Request request, RequestContext context) =>
        new(new DescribeGroups.Response { Groups = [.. request.Groups!.Select(group => Describe(group, context.Version))] });

    public override DescribeGroups.Response Fail(DescribeGroups.Request request, ErrorCode error) =>
        new() { Groups = [.. request.Groups!.Select(group => new DescribeGroups.Group { GroupId = group, Error = error })] };

    /// <summary>As in Kafka, a group that does not exist is described as dead; since KIP-1043 it is an error as well.</summary>
    private DescribeGroups.Group Describe(string groupId, short version)
    {
        if (groups.Describe(groupId) is not { } group)
        {
            bool isError = version >= FirstVersionWithGroupIdNotFound;
            return new DescribeGroups.Group
            {
                GroupId = groupId,
                Error = isError ? ErrorCode.GroupIdNotFound : ErrorCode.None,
                ErrorMessage = isError ? $"Group {groupId} not found." : null,
                State = nameof(GroupState.Dead),
            };
        }

        return new DescribeGroups.Group
        {
            GroupId = groupId,
            State = group.State.ToString(),
            ProtocolType = group.ProtocolType,
            ProtocolName = group.ProtocolName,
            Members = [.. group.Members.Select(ToWire)],
        };
    }

    private static DescribeGroups.Member ToWire(MemberDescription member) =>
        new()
        {
            MemberId = member.MemberId,
            GroupInstanceId = member.InstanceId,
            ClientId = member.ClientId,
            ClientHost = member.ClientHost,
            Metadata = member.Metadata,
            Assignment = member.Assignment,
        };
}
