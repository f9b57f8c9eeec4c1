using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups.Handlers;

internal sealed class HeartbeatHandler(GroupCoordinator groups) : ApiHandler<Heartbeat.Request, Heartbeat.Response>
{
    public override ValueTask<Heartbeat.Response?> HandleAsync(Heartbeat.Request request, RequestContext context) =>
        new(Fail(request, groups.Heartbeat(request.GroupId, request.MemberId, request.GroupInstanceId, request.GenerationId)));

    public override Heartbeat.Response Fail(Heartbeat.Request request, ErrorCode error) => new() { Error = error };
}
