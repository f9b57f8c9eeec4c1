using Millrace.DevBroker.Hosting;

namespace Millrace.DevBroker.Handlers;

/// <summary>The handlers of everything but groups and transactions.</summary>
internal static class CoreModule
{
    public static void Register(ApiRegistry registry, BrokerServices services)
    {
        registry.Add(new ApiVersionsHandler(registry));
        registry.Add(new MetadataHandler(services));
        registry.Add(new FindCoordinatorHandler(services));
    }
}
