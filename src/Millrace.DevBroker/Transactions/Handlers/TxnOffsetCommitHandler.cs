using Millrace.DevBroker.Groups;
using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Topics;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Transactions.Handlers;

internal sealed class TxnOffsetCommitHandler(TransactionCoordinator transactions, GroupCoordinator groups, TopicStore topics)
    : ApiHandler<TxnOffsetCommit.Request, TxnOffsetCommit.Response>
{
    public override async ValueTask<TxnOffsetCommit.Response?> HandleAsync(TxnOffsetCommit.Request request, RequestContext context)
    {
        ProducerIdentity producer = new(request.ProducerId, request.ProducerEpoch);
        ErrorCode error = transactions.CheckGroup(request.TransactionalId, producer, request.GroupId);
        if (error != ErrorCode.None)
        {
            return Fail(request, error);
        }

        error = await groups
            .CommitTransactionalOffsetsAsync(
                new OffsetCommitCommand
                {
                    GroupId = request.GroupId,
                    Generation = request.GenerationId,
                    MemberId = request.MemberId,
                    InstanceId = request.GroupInstanceId,
                    Offsets = [.. request.Topics!.Where(topic => topics.TryGetShown(topic.Name, out _)).SelectMany(ToCommit)],
                },
                request.ProducerId,
                context.Closed
            )
            .ConfigureAwait(false);
        return Fail(request, error);
    }

    /// <summary>Also the answer when all went well: <paramref name="error"/> stands at every partition of a topic that exists.</summary>
    public override TxnOffsetCommit.Response Fail(TxnOffsetCommit.Request request, ErrorCode error) =>
        new()
        {
            Topics =
            [
                .. request.Topics!.Select(topic =>
                {
                    bool known = topics.TryGetShown(topic.Name, out _);
                    return new TopicOf<PartitionError>
                    {
                        Name = topic.Name,
                        Partitions =
                        [
                            .. topic.Partitions!.Select(partition => new PartitionError
                            {
                                Index = partition.Index,
                                Error = known ? error : ErrorCode.UnknownTopicOrPartition,
                            }),
                        ],
                    };
                }),
            ],
        };

    private static IEnumerable<OffsetToCommit> ToCommit(TopicOf<TxnOffsetCommit.Partition> topic) =>
        topic.Partitions!.Select(partition => new OffsetToCommit(
            new TopicPartition(topic.Name, partition.Index),
            partition.CommittedOffset,
            partition.CommittedLeaderEpoch,
            partition.CommittedMetadata
        ));
}
