using Millrace.DevBroker.Protocol;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>
/// Answers one kind of request. A handler is called from many connections at once. The request and what it points to belong to the handler
/// until its task completes; the buffer behind byte fields is reused after that. A response that implements <see cref="IDisposable"/> is
/// disposed once it was sent.
/// </summary>
internal abstract class ApiHandler<TRequest, TResponse> : RequestHandler
    where TRequest : class, IRequest, new()
    where TResponse : class, IMessage
{
    public override ApiDescription Api => TRequest.Api;

    public abstract ValueTask<TResponse?> HandleAsync(TRequest request, RequestContext context);

    public abstract TResponse Fail(TRequest request, ErrorCode error);

    public sealed override IMessage ReadRequest(Wire wire, short version)
    {
        TRequest request = new();
        wire.Body(ref request, version, TRequest.Api.IsFlexible(version));
        return request;
    }

    public sealed override ValueTask<IMessage?> HandleRequestAsync(IMessage request, RequestContext context)
    {
        ValueTask<TResponse?> handling = HandleAsync((TRequest)request, context);
        return handling.IsCompletedSuccessfully ? new ValueTask<IMessage?>(handling.Result) : Await(handling);

        static async ValueTask<IMessage?> Await(ValueTask<TResponse?> handling) => await handling.ConfigureAwait(false);
    }

    public sealed override IMessage FailRequest(IMessage request, ErrorCode error) => Fail((TRequest)request, error);
}
