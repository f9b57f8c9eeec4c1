using System.Net;

namespace Millrace.DevBroker.Handlers;

/// <summary>Where a request came from.</summary>
/// <param name="ConnectionId">Number of the connection, unique in the life of the broker.</param>
/// <param name="Remote">The client's address, for logs and for DescribeGroups.</param>
/// <param name="ClientId">The client id of the request's header.</param>
/// <param name="Version">Version of the request, and so of the response.</param>
/// <param name="Closed">Cancelled when the connection closes or the broker stops. Every wait of a handler ends on it.</param>
internal sealed record RequestContext(long ConnectionId, EndPoint? Remote, string? ClientId, short Version, CancellationToken Closed)
{
    public string ClientHost => Remote is IPEndPoint ip ? "/" + ip.Address : "/unknown";
}
