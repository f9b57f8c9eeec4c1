using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups.Handlers;

internal sealed class LeaveGroupHandler(GroupCoordinator groups) : ApiHandler<LeaveGroup.Request, LeaveGroup.Response>
{
    private const int FirstVersionWithManyMembers = 3;

    public override async ValueTask<LeaveGroup.Response?> HandleAsync(LeaveGroup.Request request, RequestContext context)
    {
        if (request.GroupId.Length == 0)
        {
            return Fail(request, ErrorCode.InvalidGroupId);
        }

        bool many = context.Version >= FirstVersionWithManyMembers;
        MemberIdentity[] members = many
            ? [.. request.Members!.Select(member => new MemberIdentity(member.MemberId, member.GroupInstanceId))]
            : [new MemberIdentity(request.MemberId, InstanceId: null)];
        ErrorCode[] errors = await groups.LeaveAsync(request.GroupId, members, context.Closed).ConfigureAwait(false);
        if (!many)
        {
            return Fail(request, errors[0]);
        }

        LeaveGroup.Response response = new();
        for (int i = 0; i < members.Length; i++)
        {
            response.Members!.Add(
                new LeaveGroup.Left
                {
                    MemberId = members[i].MemberId,
                    GroupInstanceId = members[i].InstanceId,
                    Error = errors[i],
                }
            );
        }

        return response;
    }

    public override LeaveGroup.Response Fail(LeaveGroup.Request request, ErrorCode error) => new() { Error = error };
}
