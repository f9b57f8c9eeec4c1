using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Describes the cluster of one.</summary>
internal sealed class DescribeClusterHandler(BrokerServices services) : ApiHandler<DescribeCluster.Request, DescribeCluster.Response>
{
    public override ValueTask<DescribeCluster.Response?> HandleAsync(DescribeCluster.Request request, RequestContext context) =>
        new(Answer(request, ErrorCode.None));

    public override DescribeCluster.Response Fail(DescribeCluster.Request request, ErrorCode error) => Answer(request, error);

    private DescribeCluster.Response Answer(DescribeCluster.Request request, ErrorCode error) =>
        new()
        {
            Error = error,
            ErrorMessage = error == ErrorCode.None ? null : error.ToString(),
            EndpointType = request.EndpointType,
            ClusterId = services.ClusterId,
            ControllerId = services.Node.Id,
            Brokers =
            [
                new DescribeCluster.Broker
                {
                    NodeId = services.Node.Id,
                    Host = services.Node.Host,
                    Port = services.Node.Port,
                },
            ],
        };
}
