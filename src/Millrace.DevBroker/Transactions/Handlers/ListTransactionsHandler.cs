using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Transactions.Handlers;

internal sealed class ListTransactionsHandler(TransactionCoordinator transactions, TimeProvider time)
    : ApiHandler<ListTransactions.Request, ListTransactions.Response>
{
    private static readonly HashSet<string> KnownStates = new(Enum.GetNames<TransactionState>(), StringComparer.Ordinal);

    public override ValueTask<ListTransactions.Response?> HandleAsync(ListTransactions.Request request, RequestContext context)
    {
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        string[] states = request.StateFilters!.Where(KnownStates.Contains).ToArray();
        ListTransactions.Response response = new()
        {
            UnknownStateFilters = [.. request.StateFilters!.Except(states, StringComparer.Ordinal)],
        };
        if (states.Length == 0 && request.StateFilters!.Count > 0)
        {
            return new(response);
        }

        foreach (
            TransactionMetadata transaction in transactions.All.OrderBy(transaction => transaction.TransactionalId, StringComparer.Ordinal)
        )
        {
            string state = transaction.State.ToString();
            if (states.Length > 0 && !states.Contains(state, StringComparer.Ordinal))
            {
                continue;
            }

            if (request.ProducerIdFilters is { Count: > 0 } ids && !ids.Contains(transaction.Producer.ProducerId))
            {
                continue;
            }

            if (request.DurationFilterMs >= 0 && (transaction.StartedAt < 0 || now - transaction.StartedAt <= request.DurationFilterMs))
            {
                continue;
            }

            response.Transactions!.Add(
                new ListTransactions.Transaction
                {
                    TransactionalId = transaction.TransactionalId,
                    ProducerId = transaction.Producer.ProducerId,
                    State = state,
                }
            );
        }

        return new(response);
    }

    public override ListTransactions.Response Fail(ListTransactions.Request request, ErrorCode error) => new() { Error = error };
}
