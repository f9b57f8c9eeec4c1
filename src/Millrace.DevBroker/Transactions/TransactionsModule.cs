using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Hosting;

namespace Millrace.DevBroker.Transactions;

/// <summary>Producer ids, fencing and transactions.</summary>
internal static class TransactionsModule
{
    /// <summary>Adds the handlers of this part. What is returned is disposed when the broker stops.</summary>
    public static IAsyncDisposable? Register(ApiRegistry registry, BrokerServices services) => null;
}
