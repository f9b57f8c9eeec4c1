using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Shows the producers that partitions know.</summary>
internal sealed class DescribeProducersHandler(BrokerServices services) : ApiHandler<DescribeProducers.Request, DescribeProducers.Response>
{
    public override ValueTask<DescribeProducers.Response?> HandleAsync(DescribeProducers.Request request, RequestContext context) =>
        new(Answer(request, Describe));

    public override DescribeProducers.Response Fail(DescribeProducers.Request request, ErrorCode error) =>
        Answer(request, (_, index) => Failed(index, error));

    private static DescribeProducers.Response Answer(
        DescribeProducers.Request request,
        Func<string, int, DescribeProducers.PartitionResult> describe
    ) =>
        new()
        {
            Topics = request.Topics!.ConvertAll(t => new TopicOf<DescribeProducers.PartitionResult>
            {
                Name = t.Name,
                Partitions = t.Partitions!.ConvertAll(p => describe(t.Name, p)),
            }),
        };

    private static DescribeProducers.PartitionResult Failed(int index, ErrorCode error) =>
        new()
        {
            Index = index,
            Error = error,
            ErrorMessage = error.ToString(),
            ActiveProducers = [],
        };

    private DescribeProducers.PartitionResult Describe(string topic, int index)
    {
        if (services.Topics.Locate(topic, index, out Topics.Partition? partition) is var missing and not ErrorCode.None)
        {
            return Failed(index, missing);
        }

        return new DescribeProducers.PartitionResult
        {
            Index = index,
            ActiveProducers = partition
                .Log.Producers()
                .ConvertAll(p => new DescribeProducers.Producer
                {
                    ProducerId = p.ProducerId,
                    ProducerEpoch = p.Epoch,
                    LastSequence = p.LastSequence,
                    LastTimestamp = p.LastTimestamp,
                    CoordinatorEpoch = p.CoordinatorEpoch,
                    TransactionStartOffset = p.TransactionStart,
                }),
        };
    }
}
