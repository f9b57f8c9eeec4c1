using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Transactions.Handlers;

internal sealed class DescribeTransactionsHandler(TransactionCoordinator transactions)
    : ApiHandler<DescribeTransactions.Request, DescribeTransactions.Response>
{
    public override ValueTask<DescribeTransactions.Response?> HandleAsync(DescribeTransactions.Request request, RequestContext context) =>
        new(new DescribeTransactions.Response { Transactions = [.. request.TransactionalIds!.Select(Describe)] });

    public override DescribeTransactions.Response Fail(DescribeTransactions.Request request, ErrorCode error) =>
        new() { Transactions = [.. request.TransactionalIds!.Select(id => Failed(id, error))] };

    private static DescribeTransactions.Transaction Failed(string transactionalId, ErrorCode error) =>
        new() { TransactionalId = transactionalId, Error = error };

    private DescribeTransactions.Transaction Describe(string transactionalId)
    {
        if (transactionalId.Length == 0)
        {
            return Failed(transactionalId, ErrorCode.InvalidRequest);
        }

        if (transactions.Describe(transactionalId) is not { } transaction)
        {
            return Failed(transactionalId, ErrorCode.TransactionalIdNotFound);
        }

        return new DescribeTransactions.Transaction
        {
            TransactionalId = transactionalId,
            State = transaction.State.ToString(),
            TimeoutMs = (int)transaction.Timeout.TotalMilliseconds,
            StartTimeMs = transaction.StartedAt,
            ProducerId = transaction.Producer.ProducerId,
            ProducerEpoch = transaction.Producer.Epoch,
            Topics =
            [
                .. transaction
                    .Partitions.GroupBy(partition => partition.Topic, StringComparer.Ordinal)
                    .Select(topic => new TopicPartitions
                    {
                        Name = topic.Key,
                        Partitions = [.. topic.Select(partition => partition.Partition)],
                    }),
            ],
        };
    }
}
