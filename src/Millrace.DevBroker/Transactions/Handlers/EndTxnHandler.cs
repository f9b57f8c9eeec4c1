using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Transactions.Handlers;

internal sealed class EndTxnHandler(TransactionCoordinator transactions) : ApiHandler<EndTxn.Request, EndTxn.Response>
{
    private const int FirstVersionWithProducerFenced = 2;

    public override async ValueTask<EndTxn.Response?> HandleAsync(EndTxn.Request request, RequestContext context)
    {
        ErrorCode error = await transactions
            .EndAsync(
                request.TransactionalId,
                new ProducerIdentity(request.ProducerId, request.ProducerEpoch),
                request.Committed,
                context.Closed
            )
            .ConfigureAwait(false);
        return Fail(request, FencedError.For(error, context.Version, FirstVersionWithProducerFenced));
    }

    public override EndTxn.Response Fail(EndTxn.Request request, ErrorCode error) => new() { Error = error };
}
