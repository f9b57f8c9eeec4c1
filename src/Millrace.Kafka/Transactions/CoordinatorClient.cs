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
    private static readonly TimeSpan FirstConnectTimeout = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(1);

    private readonly (string Host, int Port)[] _bootstrap;
    private readonly ConnectionSecurity _security;
    private readonly string _clientId;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _time;
    private readonly Dictionary<(string Host, int Port), KafkaConnection> _connections = [];
    private (string Host, int Port)? _lastAnswered;
    private TimeSpan _connectTimeout = FirstConnectTimeout;

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
        TimeSpan backoff = FirstBackoff;
        while (true)
        {
            Exception? cause = null;
            string asked = "a server";
            short code = 0;
            try
            {
                // Connecting has limits of its own; the attempt's begins when somebody has answered.
                KafkaConnection any = await AnyAsync(cancellationToken).ConfigureAwait(false);
                using CancellationTokenSource attempt = new(AttemptTimeout, _time);
                using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(attempt.Token, cancellationToken);
                (string Host, int Port)? coordinator;
                (coordinator, code) = await FindAsync(any, transactionalId, linked.Token).ConfigureAwait(false);
                if (coordinator is { } found)
                {
                    asked = $"{found.Host}:{found.Port}, the coordinator,";
                    KafkaConnection connection = await ConnectAsync(found, AttemptTimeout, linked.Token).ConfigureAwait(false);
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
                string last = cause is OperationCanceledException ? $"{asked} does not answer within {AttemptTimeout.TotalSeconds:0.#} s" : cause?.Message ?? KafkaErrors.Describe(code);
                throw new TimeoutException($"{subject}: no success within {_timeout}; the last attempt ended with: {last}. Check bootstrap.servers and the broker.", cause);
            }

            await Task.Delay(backoff, _time, cancellationToken).ConfigureAwait(false);
            backoff = backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff;
        }
    }

    private static async Task<((string Host, int Port)? Coordinator, short Code)> FindAsync(
        KafkaConnection connection, string transactionalId, CancellationToken cancellationToken)
    {
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

    // Each server has a limit of its own, so that one that swallows packets does not keep the others from being asked. The limit doubles when all have been asked in vain:
    // a cluster that answers slowly is reached in the end.
    private async Task<KafkaConnection> AnyAsync(CancellationToken cancellationToken)
    {
        foreach (KafkaConnection connection in _connections.Values) return connection;
        if (_bootstrap.Length == 0) throw new KafkaClientException("No bootstrap server is given; set bootstrap.servers.");
        List<Exception> failures = [];
        foreach ((string Host, int Port) server in _bootstrap.OrderByDescending(server => server == _lastAnswered))
        {
            try
            {
                return await ConnectAsync(server, _connectTimeout, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is IOException or SocketException)
            {
                failures.Add(e);
            }
        }

        _connectTimeout = _connectTimeout * 2 < AttemptTimeout ? _connectTimeout * 2 : AttemptTimeout;
        throw new IOException(string.Join("; ", failures.Select(failure => failure.Message)), failures[^1]);
    }

    private async Task<KafkaConnection> ConnectAsync((string Host, int Port) server, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (_connections.TryGetValue(server, out KafkaConnection? open)) return open;
        using CancellationTokenSource limit = new(timeout, _time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            KafkaConnection connection = await KafkaConnection.OpenAsync(server.Host, server.Port, _security, _clientId, linked.Token).ConfigureAwait(false);
            _connections.Add(server, connection);
            _lastAnswered = server;
            return connection;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{server.Host}:{server.Port} does not answer within {timeout.TotalSeconds:0.#} s", e);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new IOException($"{server.Host}:{server.Port}: {e.Message}", e);
        }
    }
}
