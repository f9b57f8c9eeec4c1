using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>Removes the beginning of partitions.</summary>
internal sealed class DeleteRecordsHandler(BrokerServices services) : ApiHandler<DeleteRecords.Request, DeleteRecords.Response>
{
    public override async ValueTask<DeleteRecords.Response?> HandleAsync(DeleteRecords.Request request, RequestContext context)
    {
        DeleteRecords.Response response = new();
        foreach (TopicOf<DeleteRecords.Partition> topic in request.Topics!)
        {
            TopicOf<DeleteRecords.PartitionResult> result = new() { Name = topic.Name };
            foreach (DeleteRecords.Partition partition in topic.Partitions!)
            {
                (ErrorCode error, long start) = await services
                    .Topics.DeleteRecordsAsync(topic.Name, partition.Index, partition.Offset, context.Closed)
                    .ConfigureAwait(false);
                result.Partitions!.Add(
                    new()
                    {
                        Index = partition.Index,
                        LowWatermark = start,
                        Error = error,
                    }
                );
            }

            response.Topics!.Add(result);
        }

        return response;
    }

    public override DeleteRecords.Response Fail(DeleteRecords.Request request, ErrorCode error) =>
        new()
        {
            Topics = request.Topics!.ConvertAll(t => new TopicOf<DeleteRecords.PartitionResult>
            {
                Name = t.Name,
                Partitions = t.Partitions!.ConvertAll(p => new DeleteRecords.PartitionResult
                {
                    Index = p.Index,
                    LowWatermark = -1,
                    Error = error,
                }),
            }),
        };
}
