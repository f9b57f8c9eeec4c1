using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>There is one broker: it coordinates every group and every transaction.</summary>
internal sealed class FindCoordinatorHandler(BrokerServices services) : ApiHandler<FindCoordinator.Request, FindCoordinator.Response>
{
    private const int GroupKey = 0;
    private const int TransactionKey = 1;

    public override ValueTask<FindCoordinator.Response?> HandleAsync(FindCoordinator.Request request, RequestContext context)
    {
        ErrorCode error = request.KeyType is GroupKey or TransactionKey ? ErrorCode.None : ErrorCode.InvalidRequest;
        return new(Answer(request, error));
    }

    public override FindCoordinator.Response Fail(FindCoordinator.Request request, ErrorCode error) => Answer(request, error);

    private FindCoordinator.Response Answer(FindCoordinator.Request request, ErrorCode error)
    {
        bool found = error == ErrorCode.None;
        BrokerNode node = services.Node;
        FindCoordinator.Response response = new()
        {
            Error = error,
            ErrorMessage = found ? "NONE" : error.ToString(),
            NodeId = found ? node.Id : -1,
            Host = found ? node.Host : "",
            Port = found ? node.Port : -1,
        };
        foreach (string key in request.CoordinatorKeys!)
        {
            response.Coordinators!.Add(
                new FindCoordinator.Coordinator
                {
                    Key = key,
                    NodeId = response.NodeId,
                    Host = response.Host,
                    Port = response.Port,
                    Error = error,
                    ErrorMessage = response.ErrorMessage,
                }
            );
        }

        return response;
    }
}
