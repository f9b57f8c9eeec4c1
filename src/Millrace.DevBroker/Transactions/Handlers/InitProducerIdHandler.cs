using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Transactions.Handlers;

internal sealed class InitProducerIdHandler(TransactionCoordinator transactions)
    : ApiHandler<InitProducerId.Request, InitProducerId.Response>
{
    private const int FirstVersionWithProducerFenced = 4;

    public override async ValueTask<InitProducerId.Response?> HandleAsync(InitProducerId.Request request, RequestContext context)
    {
        ProducerIdentity expected = new(request.ProducerId, request.ProducerEpoch);
        if (expected.ProducerId < 0 != expected.Epoch < 0)
        {
            return Fail(request, ErrorCode.InvalidRequest);
        }

        (ErrorCode error, ProducerIdentity producer) = await transactions
            .InitProducerIdAsync(
                request.TransactionalId,
                TimeSpan.FromMilliseconds(request.TransactionTimeoutMs),
                expected.ProducerId < 0 ? ProducerIdentity.None : expected,
                context.Closed
            )
            .ConfigureAwait(false);
        if (error != ErrorCode.None)
        {
            return Fail(request, FencedError.For(error, context.Version, FirstVersionWithProducerFenced));
        }

        return new InitProducerId.Response { ProducerId = producer.ProducerId, ProducerEpoch = producer.Epoch };
    }

    public override InitProducerId.Response Fail(InitProducerId.Request request, ErrorCode error) => new() { Error = error };
}
