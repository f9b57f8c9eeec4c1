using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Millrace.Benchmarks.FunctionsHost;

/// <summary>The way to a service of the storage, which reads the requests that go by. Answers pass unread.</summary>
internal sealed class CountingRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<TcpClient, bool> _clients = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly int _target;
    private readonly Action<StorageRequest> _count;
    private readonly string _service;
    private readonly Task _accepting;

    /// <param name="service">Blob, Queue or Table.</param>
    /// <param name="target">The service's port.</param>
    /// <param name="count">Receives every request.</param>
    public CountingRelay(string service, int target, Action<StorageRequest> count)
    {
        _service = service;
        _target = target;
        _count = count;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        _listener.Stop();
        foreach (TcpClient client in _clients.Keys)
        {
            client.Close();
        }

        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_ending.IsCancellationRequested)
        {
            TcpClient client = await _listener.AcceptTcpClientAsync(_ending.Token);
            _clients[client] = true;
            _ = RelayAsync(client);
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using TcpClient server = new();
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target, _ending.Token);
            (client.NoDelay, server.NoDelay) = (true, true);
            Task answers = server.GetStream().CopyToAsync(client.GetStream(), _ending.Token);
            await Task.WhenAny(answers, ReadRequestsAsync(PipeReader.Create(client.GetStream()), server.GetStream()));
        }
        catch (Exception exception)
            when (exception is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // Whoever is left sees the end of the connection.
        }

        client.Close();
        _clients.TryRemove(client, out _);
    }

    private async Task ReadRequestsAsync(PipeReader from, NetworkStream to)
    {
        while (await ReadToAsync(from, "\r\n\r\n"u8.ToArray()) is { } head)
        {
            await to.WriteAsync(head, _ending.Token);
            string text = Encoding.Latin1.GetString(head);
            string[] lines = text.Split("\r\n");
            StorageRequest request = StorageRequest.Parse(_service, lines[0], HeaderOf(lines, "x-http-method"));

            // A transaction names its table in its body alone.
            StringBuilder? body = request.IsTransaction ? new() : null;
            long bytes = HeaderOf(lines, "transfer-encoding") is null
                ? await ForwardAsync(from, to, long.Parse(HeaderOf(lines, "content-length") ?? "0", null), body)
                : await ForwardChunksAsync(from, to, body);
            _count(request.With(head.Length + bytes, body?.ToString()));
        }
    }

    private async Task<long> ForwardChunksAsync(PipeReader from, NetworkStream to, StringBuilder? body)
    {
        long sum = 0;
        while (await ReadToAsync(from, "\r\n"u8.ToArray()) is { } line)
        {
            await to.WriteAsync(line, _ending.Token);
            int size = Convert.ToInt32(Encoding.Latin1.GetString(line).Trim(), 16);
            sum += line.Length + await ForwardAsync(from, to, size + 2, body);
            if (size == 0)
            {
                break;
            }
        }

        return sum;
    }

    private async Task<long> ForwardAsync(PipeReader from, NetworkStream to, long length, StringBuilder? body)
    {
        long left = length;
        while (left > 0)
        {
            ReadResult read = await from.ReadAsync(_ending.Token);
            ReadOnlySequence<byte> part = read.Buffer.Slice(0, Math.Min(left, read.Buffer.Length));
            foreach (ReadOnlyMemory<byte> memory in part)
            {
                await to.WriteAsync(memory, _ending.Token);
                body?.Append(Encoding.Latin1.GetString(memory.Span));
            }

            left -= part.Length;
            from.AdvanceTo(part.End);
            if (read.IsCompleted && part.IsEmpty)
            {
                break;
            }
        }

        return length;
    }

    private async Task<byte[]?> ReadToAsync(PipeReader from, byte[] end)
    {
        while (true)
        {
            ReadResult read = await from.ReadAsync(_ending.Token);
            if (Find(read.Buffer, end) is { } length)
            {
                byte[] found = read.Buffer.Slice(0, length).ToArray();
                from.AdvanceTo(read.Buffer.GetPosition(length));
                return found;
            }

            from.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted)
            {
                return null;
            }
        }
    }

    private static long? Find(ReadOnlySequence<byte> buffer, byte[] end)
    {
        SequenceReader<byte> reader = new(buffer);
        return reader.TryReadTo(out ReadOnlySequence<byte> _, end) ? reader.Consumed : null;
    }

    private static string? HeaderOf(string[] lines, string name) =>
        lines.FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}
