using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups.Handlers;

internal sealed class ListGroupsHandler(GroupCoordinator groups) : ApiHandler<ListGroups.Request, ListGroups.Response>
{
    /// <summary>The only type of group there is here: those of the classic protocol.</summary>
    private const string Classic = "classic";

    public override ValueTask<ListGroups.Response?> HandleAsync(ListGroups.Request request, RequestContext context)
    {
        ListGroups.Response response = new();
        if (!Passes(request.TypesFilter, Classic))
        {
            return new(response);
        }

        foreach (GroupDescription group in groups.List().OrderBy(group => group.GroupId, StringComparer.Ordinal))
        {
            string state = group.State.ToString();
            if (Passes(request.StatesFilter, state))
            {
                response.Groups!.Add(
                    new ListGroups.Group
                    {
                        GroupId = group.GroupId,
                        ProtocolType = group.ProtocolType,
                        State = state,
                        Type = Classic,
                    }
                );
            }
        }

        return new(response);
    }

    public override ListGroups.Response Fail(ListGroups.Request request, ErrorCode error) => new() { Error = error };

    private static bool Passes(List<string>? filter, string value) =>
        filter is null or [] || filter.Contains(value, StringComparer.OrdinalIgnoreCase);
}
