using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Transactions.Handlers;

internal sealed class AddOffsetsToTxnHandler(TransactionCoordinator transactions)
    : ApiHandler<AddOffsetsToTxn.Request, AddOffsetsToTxn.Response>
{
    private const int FirstVersionWithProducerFenced = 2;

    public override async ValueTask<AddOffsetsToTxn.Response?> HandleAsync(AddOffsetsToTxn.Request request, RequestContext context)
    {
        ErrorCode error = await transactions
            .AddAsync(
                request.TransactionalId,
                new ProducerIdentity(request.ProducerId, request.ProducerEpoch),
                [],
                request.GroupId,
                context.Closed
            )
            .ConfigureAwait(false);
        return Fail(request, FencedError.For(error, context.Version, FirstVersionWithProducerFenced));
    }

    public override AddOffsetsToTxn.Response Fail(AddOffsetsToTxn.Request request, ErrorCode error) => new() { Error = error };
}
