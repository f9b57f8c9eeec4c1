using Millrace.DevBroker.Groups;
using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Transactions.Handlers;

internal sealed class AddPartitionsToTxnHandler(TransactionCoordinator transactions, ITransactionLog log)
    : ApiHandler<AddPartitionsToTxn.Request, AddPartitionsToTxn.Response>
{
    private const int FirstVersionWithProducerFenced = 2;

    public override async ValueTask<AddPartitionsToTxn.Response?> HandleAsync(AddPartitionsToTxn.Request request, RequestContext context)
    {
        TopicPartition[] partitions = request
            .Topics!.SelectMany(topic => topic.Partitions!.Select(index => new TopicPartition(topic.Name, index)))
            .ToArray();
        if (!partitions.All(Exists))
        {
            // All or nothing: one that does not exist keeps the others out.
            return Answer(request, partition => Exists(partition) ? ErrorCode.OperationNotAttempted : ErrorCode.UnknownTopicOrPartition);
        }

        ErrorCode error = await transactions
            .AddAsync(
                request.TransactionalId,
                new ProducerIdentity(request.ProducerId, request.ProducerEpoch),
                partitions,
                group: null,
                context.Closed
            )
            .ConfigureAwait(false);
        return Fail(request, FencedError.For(error, context.Version, FirstVersionWithProducerFenced));
    }

    public override AddPartitionsToTxn.Response Fail(AddPartitionsToTxn.Request request, ErrorCode error) => Answer(request, _ => error);

    private static AddPartitionsToTxn.Response Answer(AddPartitionsToTxn.Request request, Func<TopicPartition, ErrorCode> error) =>
        new()
        {
            Topics =
            [
                .. request.Topics!.Select(topic => new TopicOf<PartitionError>
                {
                    Name = topic.Name,
                    Partitions =
                    [
                        .. topic.Partitions!.Select(index => new PartitionError
                        {
                            Index = index,
                            Error = error(new TopicPartition(topic.Name, index)),
                        }),
                    ],
                }),
            ],
        };

    private bool Exists(TopicPartition partition) => log.Exists(partition.Topic, partition.Partition);
}
