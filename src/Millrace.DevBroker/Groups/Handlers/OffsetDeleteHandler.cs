using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Groups.Handlers;

internal sealed class OffsetDeleteHandler(GroupCoordinator groups) : ApiHandler<OffsetDelete.Request, OffsetDelete.Response>
{
    public override async ValueTask<OffsetDelete.Response?> HandleAsync(OffsetDelete.Request request, RequestContext context)
    {
        TopicPartition[] partitions = request
            .Topics!.SelectMany(topic => topic.Partitions!.Select(partition => new TopicPartition(topic.Name, partition.Index)))
            .ToArray();
        (ErrorCode error, ErrorCode[]? byPartition) = await groups
            .DeleteOffsetsAsync(request.GroupId, partitions, context.Closed)
            .ConfigureAwait(false);
        if (error != ErrorCode.None)
        {
            return Fail(request, error);
        }

        return new OffsetDelete.Response
        {
            Topics =
            [
                .. partitions
                    .Zip(byPartition)
                    .GroupBy(pair => pair.First.Topic, StringComparer.Ordinal)
                    .Select(topic => new TopicOf<PartitionError>
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(pair => new PartitionError { Index = pair.First.Partition, Error = pair.Second })],
                    }),
            ],
        };
    }

    public override OffsetDelete.Response Fail(OffsetDelete.Request request, ErrorCode error) => new() { Error = error };
}
