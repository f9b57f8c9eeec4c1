using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Handlers;

namespace Millrace.DevBroker.Network;

/// <summary>Accepts connections: listening -> stopping -> stopped.</summary>
internal sealed class BrokerServer : IAsyncDisposable
{
    private readonly DevBrokerOptions _options;
    private readonly ApiRegistry _registry;
    private readonly DevBrokerFaults _faults;
    private readonly ILogger _logger;
    private readonly Socket _listener;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<long, (ClientConnection Connection, Task Running)> _connections = new();
    private Task _accepting = Task.CompletedTask;

    public BrokerServer(DevBrokerOptions options, ApiRegistry registry, DevBrokerFaults faults)
    {
        _options = options;
        _registry = registry;
        _faults = faults;
        _logger = options.LoggerFactory.CreateLogger<BrokerServer>();
        _listener = new Socket(options.ListenAddress.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Takes the port; connections wait until <see cref="Start"/>.</summary>
    public void Bind()
    {
        IPEndPoint endPoint = new(_options.ListenAddress, _options.Port);
        try
        {
            _listener.Bind(endPoint);
        }
        catch (SocketException refused)
        {
            throw new IOException(
                $"The broker cannot listen on {endPoint}: {refused.Message}. Stop what listens there, or take another port; 0 takes a free "
                    + "one.",
                refused
            );
        }

        _listener.Listen(512);
    }

    public void Start() => _accepting = AcceptAsync();

    /// <summary>Cuts all connections that are open.</summary>
    public int DropConnections()
    {
        List<(ClientConnection Connection, Task Running)> open = _connections.Values.ToList();
        foreach ((ClientConnection connection, _) in open)
        {
            connection.Drop();
        }

        return open.Count;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        _listener.Dispose();
        await _accepting.ConfigureAwait(false);
        await Task.WhenAll(_connections.Values.Select(c => c.Running)).ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        for (long id = 1; !_stopping.IsCancellationRequested; id++)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (Exception stopped) when (stopped is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException refused)
            {
                // A client that hung up before it was accepted is no reason to stop listening.
                Log.AcceptFailed(_logger, refused.Message);
                continue;
            }

            Begin(socket, id);
        }
    }

    private void Begin(Socket socket, long id)
    {
        if (_connections.Count >= _options.MaxConnections)
        {
            Log.TooManyConnections(_logger, socket.RemoteEndPoint, _options.MaxConnections);
            socket.Dispose();
            return;
        }

        socket.NoDelay = true;
        Log.ConnectionOpened(_logger, id, socket.RemoteEndPoint);
        ClientConnection connection = new(socket, id, _registry, _faults, _options, _logger, _stopping.Token);
        TaskCompletionSource started = new();
        _connections[id] = (connection, RunAsync(connection, id, started.Task));
        started.SetResult();
    }

    private async Task RunAsync(ClientConnection connection, long id, Task started)
    {
        await started.ConfigureAwait(false);
        await Task.Yield();
        await connection.RunAsync().ConfigureAwait(false);
        _connections.TryRemove(id, out _);
    }
}
