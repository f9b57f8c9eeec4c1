using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Protocol;
using Millrace.DevBroker.Protocol.Messages;

namespace Millrace.DevBroker.Handlers;

/// <summary>Removes the beginning of partitions.</summary>
internal sealed class DeleteRecordsHandler(BrokerServices services) : ApiHandler<DeleteRecords.Request, DeleteRecords.Response>
{
    public override async ValueTask<DeleteRecords.Response?> HandleAsync(DeleteRecords.Request request, RequestContext context)
    {
        var response = new DeleteRecords.Response();
        foreach (var topic in request.Topics!)
        {
            var result = new DeleteRecords.TopicResult { Name = topic.Name };
            foreach (var partition in topic.Partitions!)
            {
                var (error, start) = await services.Topics.DeleteRecordsAsync(topic.Name, partition.Index, partition.Offset, context.Closed);
                result.Partitions!.Add(new() { Index = partition.Index, LowWatermark = start, Error = error });
            }

            response.Topics!.Add(result);
        }

        return response;
    }

    public override DeleteRecords.Response Fail(DeleteRecords.Request request, ErrorCode error) => new()
    {
        Topics = request.Topics!.ConvertAll(t => new DeleteRecords.TopicResult
        {
            Name = t.Name,
            Partitions = t.Partitions!.ConvertAll(p => new DeleteRecords.PartitionResult { Index = p.Index, LowWatermark = -1, Error = error }),
        }),
    };
}
