using Millrace.DevBroker.Protocol;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>What the network needs to know of a handler, whatever the types of its request and response.</summary>
internal abstract class RequestHandler
{
    public abstract ApiDescription Api { get; }

    /// <summary>
    /// True for requests that may wait long for something to happen (a long poll). The next request of the same connection is then handled
    /// meanwhile; responses keep the order of the requests all the same. For all others, a connection's requests are handled strictly one
    /// after the other.
    /// </summary>
    public virtual bool MayPark => false;

    /// <summary>
    /// Whether the client waits for an answer. If not, a request that fails closes its connection, which is the only sign left.
    /// </summary>
    public virtual bool IsAnswered(IMessage request) => true;

    public abstract IMessage ReadRequest(Wire wire, short version);

    /// <summary>Handles a request. A null response means that the client expects none.</summary>
    public abstract ValueTask<IMessage?> HandleRequestAsync(IMessage request, RequestContext context);

    /// <summary>
    /// The response that says <paramref name="error"/> for everything the request asked; used for unexpected failures and injected faults.
    /// </summary>
    public abstract IMessage FailRequest(IMessage request, ErrorCode error);
}
