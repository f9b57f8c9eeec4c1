using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Hosting;

namespace Millrace.DevBroker.Groups;

/// <summary>Consumer groups and their offsets.</summary>
internal static class GroupsModule
{
    /// <summary>Adds the handlers of this part. What is returned is disposed when the broker stops.</summary>
    public static IAsyncDisposable? Register(ApiRegistry registry, BrokerServices services) => null;
}
