using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Faults;
using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Network;

/// <summary>
/// One client's connection: receiving -> closing -> closed. A receiving loop decodes requests and starts them in order, a sending loop writes the responses in the same order.
/// Whatever the client sends, the worst that happens is that this connection is closed, with the reason in the log.
/// </summary>
internal sealed class ClientConnection(
    Socket socket, long id, ApiRegistry registry, DevBrokerFaults faults, DevBrokerOptions options, ILogger logger, CancellationToken stopping)
{
    private const int MaxInFlight = 64;
    private const int ReceiveBufferBytes = 64 * 1024;

    private readonly EndPoint? _remote = socket.RemoteEndPoint;
    private readonly CancellationTokenSource _closed = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    private readonly Channel<PendingResponse> _responses = Channel.CreateBounded<PendingResponse>(
        new BoundedChannelOptions(MaxInFlight) { SingleReader = true, SingleWriter = true });
    private readonly WireReader _reader = new();
    private int _refusals;

    /// <summary>Cuts the connection as a broken network would.</summary>
    public void Drop()
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
            socket.Close();
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // It was gone before.
        }
    }

    public async Task RunAsync()
    {
        await using Stream stream = faults.TakeDrop() is { } bytes ? new CutStream(socket, bytes, Drop) : new NetworkStream(socket, ownsSocket: true);
        var sending = Task.Run(() => GuardAsync(() => SendAsync(stream)), CancellationToken.None);
        await GuardAsync(() => ReceiveAsync(stream));
        _responses.Writer.TryComplete();
        await _closed.CancelAsync();
        await sending;
        _closed.Dispose();
        Log.ConnectionClosed(logger, id);
    }

    private async Task GuardAsync(Func<Task> loop)
    {
        try
        {
            await loop();
        }
        catch (ProtocolException refused)
        {
            // Both loops may meet the same refusal.
            if (Interlocked.Exchange(ref _refusals, 1) == 0) Log.ConnectionRefused(logger, id, _remote, refused.Message);
        }
        catch (Exception gone) when (gone is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            Log.ConnectionLost(logger, id, gone.Message);
        }
#pragma warning disable CA1031 // No failure on one connection may reach another one, whatever it is.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Log.ConnectionFailed(logger, id, _remote, failure);
        }

        await _closed.CancelAsync();
        socket.Close();
    }

    private async Task ReceiveAsync(Stream stream)
    {
        var wire = new Wire(_reader);
        var input = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: ReceiveBufferBytes, minimumReadSize: 4096, leaveOpen: true));
        try
        {
            while (true)
            {
                var result = await input.ReadAsync(_closed.Token);
                var buffer = result.Buffer;
                while (FrameReader.TryRead(ref buffer, options.MaxRequestBytes, out var frame, out var length))
                    await StartAsync(wire, frame, length);

                input.AdvanceTo(buffer.Start, buffer.End);
                if (!result.IsCompleted) continue;
                if (!buffer.IsEmpty) throw new ProtocolException($"The stream ends within a request, after {buffer.Length} of its bytes.");
                return;
            }
        }
        finally
        {
            await input.CompleteAsync();
        }
    }

    /// <summary>Decodes and starts one request; returns when the next one may start. Owns the rented frame.</summary>
    private async ValueTask StartAsync(Wire wire, byte[] frame, int length)
    {
        var owned = true;
        try
        {
            _reader.Reset(frame.AsMemory(0, length));
            var header = RequestHeader.Read(_reader);
            if (!registry.TryGet(header.Key, out var handler))
                throw new ProtocolException($"Request kind {(short)header.Key} is not spoken here.");
            if (!handler.Api.Speaks(header.Version))
            {
                await RefuseVersionAsync(handler, header);
                return;
            }

            if (handler.Api.IsFlexible(header.Version)) _reader.SkipTags();

            // What follows the request is ignored, as in Kafka: librdkafka 2.16 sends three bytes too many when it asks for all topics.
            var request = handler.ReadRequest(wire, header.Version);
            var context = new RequestContext(id, _remote, header.ClientId, header.Version, _closed.Token);
            var handling = HandleAsync(handler, request, context);
            if (handling.IsCompletedSuccessfully)
            {
                var response = handling.Result;
                if (response is not null) await EnqueueAsync(new PendingResponse(handler.Api, header, null, response));
                return;
            }

            owned = false;
            var task = CompleteAsync(handling, frame);
            await EnqueueAsync(new PendingResponse(handler.Api, header, task, null));
            if (!handler.MayPark) await task;
        }
        finally
        {
            if (owned) ArrayPool<byte>.Shared.Return(frame);
        }
    }

    private static async Task<IMessage?> CompleteAsync(ValueTask<IMessage?> handling, byte[] frame)
    {
        try
        {
            return await handling;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    private async ValueTask<IMessage?> HandleAsync(RequestHandler handler, IMessage request, RequestContext context)
    {
        try
        {
            return faults.Take(handler.Api.Key) is { } fault
                ? await HandleFaultyAsync(fault, handler, request, context)
                : await handler.HandleRequestAsync(request, context);
        }
#pragma warning disable CA1031 // A handler's failure is answered as an error, so that the client can go on.
        catch (Exception failure) when (failure is not OperationCanceledException && handler.IsAnswered(request))
#pragma warning restore CA1031
        {
            Log.RequestFailed(logger, handler.Api.Key, context.Version, id, failure);
            return handler.FailRequest(request, ErrorCode.UnknownServerError);
        }
    }

    private async ValueTask<IMessage?> HandleFaultyAsync(RequestFault fault, RequestHandler handler, IMessage request, RequestContext context)
    {
        Log.FaultInjected(logger, id, fault.Kind, fault.Api);
        switch (fault.Kind)
        {
            case FaultKind.Delay:
                await Task.Delay(fault.Delay, options.TimeProvider, context.Closed);
                return await handler.HandleRequestAsync(request, context);
            case FaultKind.Error:
                return handler.IsAnswered(request) ? handler.FailRequest(request, fault.Error) : throw new OperationCanceledException("The injected error cannot be answered.");
            case FaultKind.DropAfter:
                (await handler.HandleRequestAsync(request, context) as IDisposable)?.Dispose();
                break;
        }

        Drop();
        throw new OperationCanceledException("Dropped by an injected fault.");
    }

    private async ValueTask RefuseVersionAsync(RequestHandler handler, RequestHeader header)
    {
        if (handler is not ApiVersionsHandler versions)
        {
            throw new ProtocolException(
                $"{header.Key} version {header.Version} is not spoken here; versions {handler.Api.MinVersion} to {handler.Api.MaxVersion} are.");
        }

        var response = versions.Answer(ErrorCode.UnsupportedVersion);
        await EnqueueAsync(new PendingResponse(handler.Api, header with { Version = 0 }, null, response));
    }

    private async Task SendAsync(Stream stream)
    {
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: ReceiveBufferBytes, leaveOpen: true));
        using var sender = new ResponseSender(output);
        try
        {
            while (await _responses.Reader.WaitToReadAsync(_closed.Token))
            {
                while (_responses.Reader.TryRead(out var pending))
                    await SendAsync(sender, output, pending);
            }
        }
        finally
        {
            await output.CompleteAsync();
            await ReleaseUnsentAsync();
        }
    }

    private async ValueTask SendAsync(ResponseSender sender, PipeWriter output, PendingResponse pending)
    {
        // What is written already must not wait for a parked request.
        if (pending.Handling is { IsCompleted: false } && output.UnflushedBytes > 0) await sender.FlushAsync(_closed.Token);
        var response = pending.Ready ?? await pending.Handling!;
        if (response is null) return;
        try
        {
            await sender.SendAsync(pending.Api, pending.Header, response, flush: !_responses.Reader.TryPeek(out _), _closed.Token);
        }
        finally
        {
            (response as IDisposable)?.Dispose();
        }
    }

    private async ValueTask ReleaseUnsentAsync()
    {
        _responses.Writer.TryComplete();
        while (_responses.Reader.TryRead(out var unsent)) await ReleaseAsync(unsent);
    }

    /// <summary>Puts a response into the line, or releases what it holds if the connection has closed.</summary>
    private async ValueTask EnqueueAsync(PendingResponse pending)
    {
        try
        {
            await _responses.Writer.WriteAsync(pending, _closed.Token);
        }
        catch (Exception closed) when (closed is OperationCanceledException or ChannelClosedException)
        {
            await ReleaseAsync(pending);
            throw new OperationCanceledException("The connection closed before the response could be sent.", closed);
        }
    }

    private static async ValueTask ReleaseAsync(PendingResponse unsent)
    {
        try
        {
            ((unsent.Ready ?? await unsent.Handling!) as IDisposable)?.Dispose();
        }
#pragma warning disable CA1031 // A request that failed holds nothing, and the receiving loop has reported it.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Nothing is left to release.
        }
    }
}
