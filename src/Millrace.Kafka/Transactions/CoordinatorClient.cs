using System.Net.Sockets;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Producing;

namespace Millrace.Kafka.Transactions;

/// <summary>
/// Speaks to transaction coordinators: finds them, ends transactions by producer id and epoch (which librdkafka cannot do for another process's transaction),
/// and fences transactional ids. What a broker may answer for a while (loading, moving, still writing markers) and lost connections are tried again until a time limit.
/// </summary>
internal sealed class CoordinatorClient : IAsyncDisposable
{
    private const byte TransactionKey = 1;
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Backoff = TimeSpan.FromMilliseconds(50);

    private readonly (string Host, int Port)[] _bootstrap;
    private readonly ConnectionSecurity _security;
    private readonly string _clientId;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly Dictionary<(string Host, int Port), KafkaConnection> _connections = [];

    internal CoordinatorClient(IReadOnlyDictionary<string, string> properties, string clientId, TimeSpan timeout, TimeProvider time)
    {
        _bootstrap = ParseServers(ConnectionProperties.Servers(properties) ?? "");
        _security = new ConnectionSecurity(properties);
        _clientId = clientId;
        _timeout = timeout;
        _time = time;
    }

    /// <summary>Commits a transaction. Repeating it is harmless.</summary>
    /// <returns>The broker's final answer: 0, or why the transaction cannot be committed.</returns>
    internal Task<short> CommitAsync(string transactionalId, ProducerIdentity producer, CancellationToken cancellationToken) =>
        AtCoordinatorAsync(
            $"Committing transaction '{transactionalId}'",
            transactionalId,
            async (connection, token) =>
            {
                WireWriter body = new();
                body.String(transactionalId);
                body.Int64(producer.Id);
                body.Int16(producer.Epoch);
                body.Byte(1);
                ReadOnlyMemory<byte> response = await connection
                    .SendAsync(ApiKey.EndTxn, connection.Version(ApiKey.EndTxn, 1), body, token).ConfigureAwait(false);
                WireReader reader = new(response.Span);
                _ = reader.Int32();
                short code = reader.Int16();
                return (code, code);
            },
            cancellationToken);

    /// <summary>Aborts whatever is open under a transactional id and fences its producers.</summary>
    /// <returns>The epoch that the id has now; 0 = nobody has used it before.</returns>
    internal async Task<short> FenceAsync(string transactionalId, TimeSpan transactionTimeout, CancellationToken cancellationToken)
    {
        string subject = $"Registering transactional.id '{transactionalId}' with a transaction timeout of {transactionTimeout}, to abort what it left open";
        short epoch = -1;
        short failure = await AtCoordinatorAsync(
            subject,
            transactionalId,
            async (connection, token) =>
            {
                WireWriter body = new();
                body.String(transactionalId);
                body.Int32((int)transactionTimeout.TotalMilliseconds);
                ReadOnlyMemory<byte> response = await connection
                    .SendAsync(ApiKey.InitProducerId, connection.Version(ApiKey.InitProducerId, 1), body, token).ConfigureAwait(false);
                WireReader reader = new(response.Span);
                _ = reader.Int32();
                short code = reader.Int16();
                _ = reader.Int64();
                epoch = reader.Int16();
                return (code, code);
            },
            cancellationToken).ConfigureAwait(false);
        KafkaErrors.ThrowIfError(failure, subject);
        return epoch;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (KafkaConnection connection in _connections.Values) await connection.DisposeAsync().ConfigureAwait(false);
        _connections.Clear();
    }

    internal static (string Host, int Port)[] ParseServers(string servers)
    {
        const int DefaultPort = 9092;
        List<(string, int)> all = [];
        foreach (string each in servers.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int scheme = each.IndexOf("://", StringComparison.Ordinal);
            string server = scheme < 0 ? each : each[(scheme + 3)..];
            if (server.Length == 0) continue;
            int colon = server.LastIndexOf(':');
            bool isBareAddress = server[0] != '[' && server.IndexOf(':', StringComparison.Ordinal) != colon;
            bool hasPort = !isBareAddress && colon > server.LastIndexOf(']') && int.TryParse(server.AsSpan(colon + 1), out _);
            string host = (hasPort ? server[..colon] : server).Trim('[', ']');
            int port = hasPort ? int.Parse(server.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture) : DefaultPort;
            all.Add((host, port));
        }

        return [.. all];
    }

    private static bool IsPassing(short code) => code is ErrorCodes.CoordinatorLoadInProgress or ErrorCodes.CoordinatorNotAvailable
        or ErrorCodes.NotCoordinator or ErrorCodes.ConcurrentTransactions;

    private async Task<short> AtCoordinatorAsync(
        string subject,
        string transactionalId,
        Func<KafkaConnection, CancellationToken, Task<(short Result, short Code)>> request,
        CancellationToken cancellationToken)
    {
        long start = _time.GetTimestamp();
        while (true)
        {
            Exception? cause = null;
            using CancellationTokenSource attempt = new(AttemptTimeout, _time);
            using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(attempt.Token, cancellationToken);
            short code = 0;
            try
            {
                (string Host, int Port)? coordinator;
                (coordinator, code) = await FindAsync(transactionalId, linked.Token).ConfigureAwait(false);
                if (coordinator is { } found)
                {
                    KafkaConnection connection = await ConnectAsync(found, linked.Token).ConfigureAwait(false);
                    (short result, code) = await request(connection, linked.Token).ConfigureAwait(false);
                    if (!IsPassing(code)) return result;
                }
                else if (!IsPassing(code))
                {
                    KafkaErrors.Throw(code, subject);
                }
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                cause = e;
                await DisposeAsync().ConfigureAwait(false);
            }

            if (_time.GetElapsedTime(start) > _timeout)
            {
                string last = cause?.Message ?? KafkaErrors.Describe(code);
                throw new TimeoutException($"{subject}: no success within {_timeout}; the last attempt ended with: {last}. Check bootstrap.servers and the broker.", cause);
            }

            await Task.Delay(Backoff, _time, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<((string Host, int Port)? Coordinator, short Code)> FindAsync(string transactionalId, CancellationToken cancellationToken)
    {
        KafkaConnection connection = await AnyAsync(cancellationToken).ConfigureAwait(false);
        WireWriter body = new();
        body.String(transactionalId);
        body.Byte(TransactionKey);
        ReadOnlyMemory<byte> response = await connection
            .SendAsync(ApiKey.FindCoordinator, connection.Version(ApiKey.FindCoordinator, 1), body, cancellationToken).ConfigureAwait(false);
        WireReader reader = new(response.Span);
        _ = reader.Int32();
        short code = reader.Int16();
        _ = reader.String();
        _ = reader.Int32();
        string host = reader.String() ?? "";
        int port = reader.Int32();
        return code == ErrorCodes.NoError ? ((host, port), code) : (null, code);
    }

    private async Task<KafkaConnection> AnyAsync(CancellationToken cancellationToken)
    {
        foreach (KafkaConnection connection in _connections.Values) return connection;
        Exception? last = null;
        foreach ((string Host, int Port) server in _bootstrap)
        {
            try
            {
                return await ConnectAsync(server, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                last = e;
            }
        }

        throw last ?? new KafkaClientException("No bootstrap server is given; set bootstrap.servers.");
    }

    private async Task<KafkaConnection> ConnectAsync((string Host, int Port) server, CancellationToken cancellationToken)
    {
        if (_connections.TryGetValue(server, out KafkaConnection? open)) return open;
        KafkaConnection connection = await KafkaConnection.OpenAsync(server.Host, server.Port, _security, _clientId, cancellationToken).ConfigureAwait(false);
        _connections.Add(server, connection);
        return connection;
    }
}
