using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Groups;
using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Hosting;
using Millrace.DevBroker.Transactions.Handlers;

namespace Millrace.DevBroker.Transactions;

/// <summary>Producer ids, fencing and transactions.</summary>
internal static class TransactionsModule
{
    /// <summary>Adds the handlers of this part. What is returned is disposed when the broker stops.</summary>
    public static TransactionCoordinator Register(ApiRegistry registry, BrokerServices services, GroupCoordinator groups)
    {
        TransactionCoordinator transactions = new(
            services.Options.TransactionMaxTimeout,
            services.Time,
            services.Journals.Open("transactions"),
            services.TransactionLog,
            groups,
            services.Loggers.CreateLogger<TransactionCoordinator>()
        );
        services.TransactionGuard = transactions;
        registry.Add(new InitProducerIdHandler(transactions));
        registry.Add(new AddPartitionsToTxnHandler(transactions, services.TransactionLog));
        registry.Add(new AddOffsetsToTxnHandler(transactions));
        registry.Add(new EndTxnHandler(transactions));
        registry.Add(new TxnOffsetCommitHandler(transactions, groups, services.Topics));
        registry.Add(new DescribeTransactionsHandler(transactions));
        registry.Add(new ListTransactionsHandler(transactions, services.Time));
        return transactions;
    }
}
