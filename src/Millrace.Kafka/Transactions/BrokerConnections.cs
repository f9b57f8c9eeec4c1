using System.Net.Sockets;

namespace Millrace.Kafka.Transactions;

/// <summary>
/// Connections to the brokers of one cluster, for requests that librdkafka has no function for. Work that meets a lost connection, a server
/// that does not answer, or an error that passes (<see cref="PassingErrorException"/>) is done again until a time limit. One caller at a
/// time.
/// </summary>
internal sealed class BrokerConnections(
    IReadOnlyDictionary<string, string> properties,
    string clientId,
    TimeSpan timeout,
    TimeProvider time
) : IAsyncDisposable
{
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstConnectTimeout = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(1);

    private readonly (string Host, int Port)[] _bootstrap = ParseServers(ConnectionProperties.Servers(properties) ?? "");
    private readonly ConnectionSecurity _security = new(properties);
    private readonly Dictionary<(string Host, int Port), KafkaConnection> _connections = [];
    private (string Host, int Port)? _lastAnswered;
    private (string Host, int Port) _asked;
    private TimeSpan _connectTimeout = FirstConnectTimeout;

    /// <summary>Does some work that begins with any of the brokers.</summary>
    /// <param name="subject">What it is, for errors: "Committing transaction 't'".</param>
    /// <param name="work">The work, from a connection to any of the brokers on.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <exception cref="TimeoutException">It did not succeed in time; the message has the last cause.</exception>
    internal async Task<TResult> RepeatAsync<TResult>(
        string subject,
        Func<KafkaConnection, CancellationToken, Task<TResult>> work,
        CancellationToken cancellationToken
    )
    {
        long start = time.GetTimestamp();
        for (TimeSpan pause = FirstBackoff; ; pause = pause * 2 < LongestBackoff ? pause * 2 : LongestBackoff)
        {
            Exception cause;
            string last;
            try
            {
                // Connecting has limits of its own; the attempt's begins when somebody has answered.
                KafkaConnection any = await AnyAsync(cancellationToken).ConfigureAwait(false);
                using CancellationTokenSource attempt = new(AttemptTimeout, time);
                using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(attempt.Token, cancellationToken);
                return await work(any, linked.Token).ConfigureAwait(false);
            }
            catch (PassingErrorException e)
            {
                (cause, last) = (e, e.Message);
            }
            catch (Exception e)
                when (e is IOException or SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                (cause, last) = (
                    e,
                    e is OperationCanceledException
                        ? $"{_asked.Host}:{_asked.Port} does not answer within {AttemptTimeout.TotalSeconds:0.#} s"
                        : e.Message
                );
                await DisposeAsync().ConfigureAwait(false);
            }

            if (time.GetElapsedTime(start) > timeout)
            {
                throw new TimeoutException(
                    $"{subject}: no success within {timeout}; the last attempt ended with: {last}. Check bootstrap.servers and the "
                        + "brokers.",
                    cause
                );
            }

            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A connection to one broker.</summary>
    internal Task<KafkaConnection> ToAsync((string Host, int Port) server, CancellationToken cancellationToken) =>
        ConnectAsync(server, AttemptTimeout, cancellationToken);

    /// <summary>Closes the connections; later work opens new ones.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (KafkaConnection connection in _connections.Values)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }

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
            if (server.Length == 0)
            {
                continue;
            }

            int colon = server.LastIndexOf(':');
            bool isBareAddress = server[0] != '[' && server.IndexOf(':', StringComparison.Ordinal) != colon;
            bool hasPort = !isBareAddress && colon > server.LastIndexOf(']') && int.TryParse(server.AsSpan(colon + 1), out _);
            string host = (hasPort ? server[..colon] : server).Trim('[', ']');
            int port = hasPort ? int.Parse(server.AsSpan(colon + 1), System.Globalization.CultureInfo.InvariantCulture) : DefaultPort;
            all.Add((host, port));
        }

        return [.. all];
    }

    // Each server has a limit of its own, so that one that swallows packets does not keep the others from being asked. The limit doubles
    // when all have been asked in vain: a cluster that answers slowly is reached in the end.
    private async Task<KafkaConnection> AnyAsync(CancellationToken cancellationToken)
    {
        foreach (KafkaConnection connection in _connections.Values)
        {
            return connection;
        }

        if (_bootstrap.Length == 0)
        {
            throw new KafkaClientException("No bootstrap server is given; set bootstrap.servers.");
        }

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

    private async Task<KafkaConnection> ConnectAsync((string Host, int Port) server, TimeSpan limit, CancellationToken cancellationToken)
    {
        _asked = server;
        if (_connections.TryGetValue(server, out KafkaConnection? open))
        {
            return open;
        }

        using CancellationTokenSource timer = new(limit, time);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            KafkaConnection connection = await KafkaConnection
                .OpenAsync(server.Host, server.Port, _security, clientId, linked.Token)
                .ConfigureAwait(false);
            _connections.Add(server, connection);
            _lastAnswered = server;
            return connection;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{server.Host}:{server.Port} does not answer within {limit.TotalSeconds:0.#} s", e);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new IOException($"{server.Host}:{server.Port}: {e.Message}", e);
        }
    }
}
