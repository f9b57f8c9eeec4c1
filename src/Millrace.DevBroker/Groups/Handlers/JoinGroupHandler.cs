using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups.Handlers;

internal sealed class JoinGroupHandler(GroupCoordinator groups) : ApiHandler<JoinGroup.Request, JoinGroup.Response>
{
    private const int FirstVersionWithKnownMemberIds = 4;
    private const int FirstVersionWithNullableProtocolName = 7;
    private const int FirstVersionWithSkipAssignment = 9;

    /// <summary>Waits for the other members, while this one may want to leave.</summary>
    public override bool MayPark => true;

    public override async ValueTask<JoinGroup.Response?> HandleAsync(JoinGroup.Request request, RequestContext context)
    {
        TimeSpan session = TimeSpan.FromMilliseconds(request.SessionTimeoutMs);
        JoinGroupResult result = await groups
            .JoinAsync(
                new JoinGroupCommand
                {
                    GroupId = request.GroupId,
                    MemberId = request.MemberId,
                    InstanceId = request.GroupInstanceId,
                    ClientId = context.ClientId ?? "",
                    ClientHost = context.ClientHost,
                    SessionTimeout = session,
                    RebalanceTimeout = request.RebalanceTimeoutMs < 0 ? session : TimeSpan.FromMilliseconds(request.RebalanceTimeoutMs),
                    ProtocolType = request.ProtocolType,
                    Protocols = [.. request.Protocols!.Select(protocol => new GroupProtocol(protocol.Name, protocol.Metadata.ToArray()))],
                    RequiresKnownMemberId = context.Version >= FirstVersionWithKnownMemberIds,
                    SupportsSkippingAssignment = context.Version >= FirstVersionWithSkipAssignment,
                },
                context.Closed
            )
            .ConfigureAwait(false);
        return new JoinGroup.Response
        {
            Error = result.Error,
            GenerationId = result.Generation,
            ProtocolType = result.ProtocolType,
            ProtocolName = result.ProtocolName ?? (context.Version < FirstVersionWithNullableProtocolName ? "" : null),
            Leader = result.Leader,
            SkipAssignment = result.SkipAssignment,
            MemberId = result.MemberId,
            Members = [.. result.Members.Select(ToWire)],
        };
    }

    public override JoinGroup.Response Fail(JoinGroup.Request request, ErrorCode error) =>
        new()
        {
            Error = error,
            MemberId = request.MemberId,
            ProtocolName = "",
        };

    private static JoinGroup.Member ToWire(JoinedMember member) =>
        new()
        {
            MemberId = member.MemberId,
            GroupInstanceId = member.InstanceId,
            Metadata = member.Metadata,
        };
}
