using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups.Handlers;

internal sealed class SyncGroupHandler(GroupCoordinator groups) : ApiHandler<SyncGroup.Request, SyncGroup.Response>
{
    private const int FirstVersionWithProtocol = 5;

    /// <summary>Waits for the leader, while this member may want to leave.</summary>
    public override bool MayPark => true;

    public override async ValueTask<SyncGroup.Response?> HandleAsync(SyncGroup.Request request, RequestContext context)
    {
        if (context.Version >= FirstVersionWithProtocol && (request.ProtocolType is null || request.ProtocolName is null))
        {
            return Fail(request, ErrorCode.InconsistentGroupProtocol);
        }

        SyncGroupResult result = await groups
            .SyncAsync(
                new SyncGroupCommand
                {
                    GroupId = request.GroupId,
                    Generation = request.GenerationId,
                    MemberId = request.MemberId,
                    InstanceId = request.GroupInstanceId,
                    ProtocolType = request.ProtocolType,
                    ProtocolName = request.ProtocolName,
                    Assignments = [.. request.Assignments!.Select(each => KeyValuePair.Create(each.MemberId, each.Bytes.ToArray()))],
                },
                context.Closed
            )
            .ConfigureAwait(false);
        return new SyncGroup.Response
        {
            Error = result.Error,
            ProtocolType = result.ProtocolType,
            ProtocolName = result.ProtocolName,
            Assignment = result.Assignment,
        };
    }

    public override SyncGroup.Response Fail(SyncGroup.Request request, ErrorCode error) => new() { Error = error };
}
