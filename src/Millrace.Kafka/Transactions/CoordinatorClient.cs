using Millrace.Kafka.Interop;
using Millrace.Kafka.Producing;
using Millrace.Kafka.Protocol;

namespace Millrace.Kafka.Transactions;

/// <summary>
/// Speaks to transaction coordinators: finds them, ends transactions by producer id and epoch (which librdkafka cannot do for another
/// process's transaction), and fences transactional ids. What a broker may answer for a while (loading, moving, still writing markers) and
/// lost connections are tried again until a time limit.
/// </summary>
internal sealed class CoordinatorClient : IAsyncDisposable
{
    private const sbyte TransactionKey = 1;

    private readonly BrokerConnections _brokers;

    internal CoordinatorClient(IReadOnlyDictionary<string, string> properties, string clientId, TimeSpan timeout, TimeProvider time) =>
        _brokers = new BrokerConnections(properties, clientId, timeout, time);

    /// <summary>Commits a transaction. Repeating it is harmless.</summary>
    /// <returns>The broker's final answer: 0, or why the transaction cannot be committed.</returns>
    internal Task<short> CommitAsync(string transactionalId, ProducerIdentity producer, CancellationToken cancellationToken) =>
        AtCoordinatorAsync(
            $"Committing transaction '{transactionalId}'",
            transactionalId,
            async (connection, token) =>
            {
                using RequestWriter body = new();
                body.String(transactionalId, compact: false);
                body.Int64(producer.Id);
                body.Int16(producer.Epoch);
                body.Int8(1);
                ResponseReader reader = await connection
                    .SendAsync(ApiKey.EndTxn, connection.Version(ApiKey.EndTxn, 1), body, token)
                    .ConfigureAwait(false);
                _ = reader.Int32();
                short code = reader.Int16();
                return code;
            },
            cancellationToken
        );

    /// <summary>Aborts whatever is open under a transactional id and fences its producers.</summary>
    /// <returns>The epoch that the id has now; 0 = nobody has used it before.</returns>
    internal async Task<short> FenceAsync(string transactionalId, TimeSpan transactionTimeout, CancellationToken cancellationToken)
    {
        string subject =
            $"Registering transactional.id '{transactionalId}' with a transaction timeout of {transactionTimeout}, to abort what it left "
            + "open";
        short epoch = -1;
        short failure = await AtCoordinatorAsync(
                subject,
                transactionalId,
                async (connection, token) =>
                {
                    using RequestWriter body = new();
                    body.String(transactionalId, compact: false);
                    body.Int32((int)transactionTimeout.TotalMilliseconds);
                    ResponseReader reader = await connection
                        .SendAsync(ApiKey.InitProducerId, connection.Version(ApiKey.InitProducerId, 1), body, token)
                        .ConfigureAwait(false);
                    _ = reader.Int32();
                    short code = reader.Int16();
                    _ = reader.Int64();
                    epoch = reader.Int16();
                    return code;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        KafkaErrors.ThrowIfError(failure, subject);
        return epoch;
    }

    public ValueTask DisposeAsync() => _brokers.DisposeAsync();

    private static bool IsPassing(short code) =>
        code
            is ErrorCodes.CoordinatorLoadInProgress
                or ErrorCodes.CoordinatorNotAvailable
                or ErrorCodes.NotCoordinator
                or ErrorCodes.ConcurrentTransactions;

    // The answer to the request, unless it is one that passes.
    private Task<short> AtCoordinatorAsync(
        string subject,
        string transactionalId,
        Func<KafkaConnection, CancellationToken, Task<short>> request,
        CancellationToken cancellationToken
    ) =>
        _brokers.RepeatAsync(
            subject,
            async (any, token) =>
            {
                (string Host, int Port) coordinator = await FindAsync(any, subject, transactionalId, token).ConfigureAwait(false);
                KafkaConnection connection = await _brokers.ToAsync(coordinator, token).ConfigureAwait(false);
                short code = await request(connection, token).ConfigureAwait(false);
                return IsPassing(code)
                    ? throw new PassingErrorException($"{coordinator.Host}:{coordinator.Port}, the coordinator", code)
                    : code;
            },
            cancellationToken
        );

    private static async Task<(string Host, int Port)> FindAsync(
        KafkaConnection connection,
        string subject,
        string transactionalId,
        CancellationToken cancellationToken
    )
    {
        using RequestWriter body = new();
        body.String(transactionalId, compact: false);
        body.Int8(TransactionKey);
        ResponseReader reader = await connection
            .SendAsync(ApiKey.FindCoordinator, connection.Version(ApiKey.FindCoordinator, 1), body, cancellationToken)
            .ConfigureAwait(false);
        _ = reader.Int32();
        short code = reader.Int16();
        if (IsPassing(code))
        {
            throw new PassingErrorException("Finding the coordinator", code);
        }

        KafkaErrors.ThrowIfError(code, subject);
        _ = reader.String(compact: false);
        _ = reader.Int32();
        string host = reader.String(compact: false) ?? "";
        return (host, reader.Int32());
    }
}
