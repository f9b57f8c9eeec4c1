using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Faults;
using Millrace.DevBroker.Handlers;
using Millrace.DevBroker.Protocol;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Network;

/// <summary>
/// One client's connection: receiving -> closing -> closed. A receiving loop decodes requests and starts them in order, a sending loop
/// writes the responses in the same order. Whatever the client sends, the worst that happens is that this connection is closed, with the
/// reason in the log.
/// </summary>
internal sealed class ClientConnection(
    Socket socket,
    long id,
    ApiRegistry registry,
    DevBrokerFaults faults,
    DevBrokerOptions options,
    ILogger logger,
    CancellationToken stopping
)
{
    private const int MaxInFlight = 64;
    private const int ReceiveBufferBytes = 64 * 1024;

    private readonly EndPoint? _remote = socket.RemoteEndPoint;
    private readonly CancellationTokenSource _closed = CancellationTokenSource.CreateLinkedTokenSource(stopping);
    private readonly Channel<PendingResponse> _responses = Channel.CreateBounded<PendingResponse>(
        new BoundedChannelOptions(MaxInFlight) { SingleReader = true, SingleWriter = true }
    );
    private readonly MessageReader _reader = new();
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
        Stream stream = faults.TakeDrop() is { } bytes ? new CutStream(socket, bytes, Drop) : new NetworkStream(socket, ownsSocket: true);
        await using ConfiguredAsyncDisposable streamDisposal = stream.ConfigureAwait(false);
        Task sending = Task.Run(() => GuardAsync(() => SendAsync(stream)), CancellationToken.None);
        await GuardAsync(() => ReceiveAsync(stream)).ConfigureAwait(false);
        _responses.Writer.TryComplete();
        await _closed.CancelAsync().ConfigureAwait(false);
        await sending.ConfigureAwait(false);
        _closed.Dispose();
        Log.ConnectionClosed(logger, id);
    }

    private async Task GuardAsync(Func<Task> loop)
    {
        try
        {
            await loop().ConfigureAwait(false);
        }
        catch (ProtocolException refused)
        {
            // Both loops may meet the same refusal.
            if (Interlocked.Exchange(ref _refusals, 1) == 0)
            {
                Log.ConnectionRefused(logger, id, _remote, refused.Message);
            }
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

        await _closed.CancelAsync().ConfigureAwait(false);
        socket.Close();
    }

    private async Task ReceiveAsync(Stream stream)
    {
        Wire wire = new(_reader);
        PipeReader input = PipeReader.Create(
            stream,
            new StreamPipeReaderOptions(bufferSize: ReceiveBufferBytes, minimumReadSize: 4096, leaveOpen: true)
        );
        try
        {
            while (true)
            {
                ReadResult result = await input.ReadAsync(_closed.Token).ConfigureAwait(false);
                ReadOnlySequence<byte> buffer = result.Buffer;
                while (FrameReader.TryRead(ref buffer, options.MaxRequestBytes, out byte[]? frame, out int length))
                {
                    await StartAsync(wire, frame, length).ConfigureAwait(false);
                }

                input.AdvanceTo(buffer.Start, buffer.End);
                if (!result.IsCompleted)
                {
                    continue;
                }

                if (!buffer.IsEmpty)
                {
                    throw new ProtocolException($"The stream ends within a request, after {buffer.Length} of its bytes.");
                }

                return;
            }
        }
        finally
        {
            await input.CompleteAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Decodes and starts one request; returns when the next one may start. Owns the rented frame.</summary>
    private async ValueTask StartAsync(Wire wire, byte[] frame, int length)
    {
        bool owned = true;
        try
        {
            _reader.Reset(frame.AsMemory(0, length));
            RequestHeader header = RequestHeader.Read(_reader);
            if (!registry.TryGet(header.Key, out RequestHandler? handler))
            {
                throw new ProtocolException($"Request kind {(short)header.Key} is not spoken here.");
            }

            if (!handler.Api.Speaks(header.Version))
            {
                await RefuseVersionAsync(handler, header).ConfigureAwait(false);
                return;
            }

            if (handler.Api.IsFlexible(header.Version))
            {
                _reader.SkipTags();
            }

            // What follows the request is ignored, as in Kafka: librdkafka 2.16 sends three bytes too many when it asks for all topics.
            IMessage request = handler.ReadRequest(wire, header.Version);
            RequestContext context = new(id, _remote, header.ClientId, header.Version, _closed.Token);
            ValueTask<IMessage?> handling = HandleAsync(handler, request, context);
            if (handling.IsCompletedSuccessfully)
            {
                IMessage? response = handling.Result;
                if (response is not null)
                {
                    await EnqueueAsync(new PendingResponse(handler.Api, header, null, response)).ConfigureAwait(false);
                }

                return;
            }

            owned = false;
            Task<IMessage?> task = CompleteAsync(handling, frame);
            await EnqueueAsync(new PendingResponse(handler.Api, header, task, null)).ConfigureAwait(false);
            if (!handler.MayPark)
            {
                await task.ConfigureAwait(false);
            }
        }
        finally
        {
            if (owned)
            {
                ArrayPool<byte>.Shared.Return(frame);
            }
        }
    }

    private static async Task<IMessage?> CompleteAsync(ValueTask<IMessage?> handling, byte[] frame)
    {
        try
        {
            return await handling.ConfigureAwait(false);
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
                ? await HandleFaultyAsync(fault, handler, request, context).ConfigureAwait(false)
                : await handler.HandleRequestAsync(request, context).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // A handler's failure is answered as an error, so that the client can go on.
        catch (Exception failure) when (failure is not OperationCanceledException && handler.IsAnswered(request))
#pragma warning restore CA1031
        {
            Log.RequestFailed(logger, handler.Api.Key, context.Version, id, failure);
            return handler.FailRequest(request, ErrorCode.UnknownServerError);
        }
    }

    private async ValueTask<IMessage?> HandleFaultyAsync(
        RequestFault fault,
        RequestHandler handler,
        IMessage request,
        RequestContext context
    )
    {
        Log.FaultInjected(logger, id, fault.Kind, fault.Api);
        switch (fault.Kind)
        {
            case FaultKind.Delay:
                await Task.Delay(fault.Delay, options.TimeProvider, context.Closed).ConfigureAwait(false);
                return await handler.HandleRequestAsync(request, context).ConfigureAwait(false);
            case FaultKind.Error:
                return handler.IsAnswered(request)
                    ? handler.FailRequest(request, fault.Error)
                    : throw new OperationCanceledException("The injected error cannot be answered.");
            case FaultKind.DropAfter:
                (await handler.HandleRequestAsync(request, context).ConfigureAwait(false) as IDisposable)?.Dispose();
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
                $"{header.Key} version {header.Version} is not spoken here; versions {handler.Api.MinVersion} to {handler.Api.MaxVersion} "
                    + "are."
            );
        }

        Protocol.Messages.ApiVersions.Response response = versions.Answer(ErrorCode.UnsupportedVersion);
        await EnqueueAsync(new PendingResponse(handler.Api, header with { Version = 0 }, null, response)).ConfigureAwait(false);
    }

    private async Task SendAsync(Stream stream)
    {
        PipeWriter output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: ReceiveBufferBytes, leaveOpen: true));
        using ResponseSender sender = new(output);
        try
        {
            while (await _responses.Reader.WaitToReadAsync(_closed.Token).ConfigureAwait(false))
            {
                while (_responses.Reader.TryRead(out PendingResponse pending))
                {
                    await SendAsync(sender, output, pending).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await output.CompleteAsync().ConfigureAwait(false);
            await ReleaseUnsentAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask SendAsync(ResponseSender sender, PipeWriter output, PendingResponse pending)
    {
        // What is written already must not wait for a parked request.
        if (pending.Handling is { IsCompleted: false } && output.UnflushedBytes > 0)
        {
            await sender.FlushAsync(_closed.Token).ConfigureAwait(false);
        }

        IMessage? response = pending.Ready ?? await (pending.Handling!).ConfigureAwait(false);
        if (response is null)
        {
            return;
        }

        try
        {
            await sender
                .SendAsync(pending.Api, pending.Header, response, flush: !_responses.Reader.TryPeek(out _), _closed.Token)
                .ConfigureAwait(false);
        }
        finally
        {
            (response as IDisposable)?.Dispose();
        }
    }

    private async ValueTask ReleaseUnsentAsync()
    {
        _responses.Writer.TryComplete();
        while (_responses.Reader.TryRead(out PendingResponse unsent))
        {
            await ReleaseAsync(unsent).ConfigureAwait(false);
        }
    }

    /// <summary>Puts a response into the line, or releases what it holds if the connection has closed.</summary>
    private async ValueTask EnqueueAsync(PendingResponse pending)
    {
        try
        {
            await _responses.Writer.WriteAsync(pending, _closed.Token).ConfigureAwait(false);
        }
        catch (Exception closed) when (closed is OperationCanceledException or ChannelClosedException)
        {
            await ReleaseAsync(pending).ConfigureAwait(false);
            throw new OperationCanceledException("The connection closed before the response could be sent.", closed);
        }
    }

    private static async ValueTask ReleaseAsync(PendingResponse unsent)
    {
        try
        {
            ((unsent.Ready ?? await (unsent.Handling!).ConfigureAwait(false)) as IDisposable)?.Dispose();
        }
#pragma warning disable CA1031 // A request that failed holds nothing, and the receiving loop has reported it.
        catch (Exception)
#pragma warning restore CA1031
        {
            // Nothing is left to release.
        }
    }
}
