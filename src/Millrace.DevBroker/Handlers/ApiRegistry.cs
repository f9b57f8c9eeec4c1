using System.Diagnostics.CodeAnalysis;
using Millrace.DevBroker.Protocol;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Handlers;

/// <summary>The handlers of one broker, by request kind. Filled before the broker listens, only read after.</summary>
internal sealed class ApiRegistry
{
    private readonly Dictionary<ApiKey, RequestHandler> _handlers = [];

    /// <summary>All that is announced, in the order of their keys.</summary>
    public IEnumerable<ApiDescription> Apis => _handlers.Values.Select(h => h.Api).Where(a => a.IsAnnounced).OrderBy(a => a.Key);

    public void Add(RequestHandler handler)
    {
        if (!_handlers.TryAdd(handler.Api.Key, handler))
        {
            throw new InvalidOperationException(
                $"Request kind {handler.Api.Key} has two handlers: {_handlers[handler.Api.Key].GetType().Name} and "
                    + $"{handler.GetType().Name}. Remove one."
            );
        }
    }

    public bool TryGet(ApiKey key, [MaybeNullWhen(false)] out RequestHandler handler) => _handlers.TryGetValue(key, out handler);
}
