using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups.Handlers;

internal sealed class DeleteGroupsHandler(GroupCoordinator groups) : ApiHandler<DeleteGroups.Request, DeleteGroups.Response>
{
    public override async ValueTask<DeleteGroups.Response?> HandleAsync(DeleteGroups.Request request, RequestContext context)
    {
        DeleteGroups.Response response = new();
        foreach (string group in request.Groups!)
        {
            ErrorCode error = await groups.DeleteGroupAsync(group, context.Closed).ConfigureAwait(false);
            response.Results!.Add(new DeleteGroups.Result { GroupId = group, Error = error });
        }

        return response;
    }

    public override DeleteGroups.Response Fail(DeleteGroups.Request request, ErrorCode error) =>
        new() { Results = [.. request.Groups!.Select(group => new DeleteGroups.Result { GroupId = group, Error = error })] };
}
