using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Millrace.DevBroker.Protocol;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests;

/// <summary>A client that sends single requests in any version; it uses the broker's own descriptions of messages.</summary>
internal sealed class WireClient : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(20);
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly MessageWriter _writer = new();
    private byte[] _response = new byte[64 * 1024];
    private int _correlation;

    public WireClient(int port)
    {
        _socket.Connect(IPAddress.Loopback, port);
        _socket.ReceiveTimeout = _socket.SendTimeout = (int)Timeout.TotalMilliseconds;
    }

    public TResponse Send<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequest
        where TResponse : IMessage, new()
    {
        Post(request, version);
        return Receive<TRequest, TResponse>(version);
    }

    public void Post<TRequest>(TRequest request, short version)
        where TRequest : IRequest => SendRaw(Encode(request, version));

    /// <summary>The bytes of a request with its length in front.</summary>
    public byte[] Encode<TRequest>(TRequest request, short version)
        where TRequest : IRequest
    {
        _writer.Reset();
        _writer.Int32(0);
        bool flexible = TRequest.Api.IsFlexible(version);
        new RequestHeader(TRequest.Api.Key, version, ++_correlation, "wire-client").Write(_writer, flexible);
        new Wire(_writer).Body(ref request, version, flexible);
        _writer.PatchInt32(0, _writer.Written.Length - sizeof(int));
        return _writer.Written.ToArray();
    }

    public void SendRaw(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[_socket.Send(bytes)..];
        }
    }

    public TResponse Receive<TRequest, TResponse>(short version)
        where TRequest : IRequest
        where TResponse : IMessage, new()
    {
        Memory<byte> frame = ReceiveFrame();
        MessageReader reader = new();
        reader.Reset(frame);
        LastCorrelation = reader.Int32();
        if (TRequest.Api.HasFlexibleResponseHeader(version))
        {
            reader.SkipTags();
        }

        TResponse response = new();
        new Wire(reader).Body(ref response, version, TRequest.Api.IsFlexible(version));
        if (reader.Remaining != 0)
        {
            throw new InvalidDataException($"{TRequest.Api.Key} version {version} is followed by {reader.Remaining} bytes.");
        }

        return response;
    }

    public int LastCorrelation { get; private set; }

    /// <summary>The body of the next response, in a buffer that the next call reuses.</summary>
    public Memory<byte> ReceiveFrame()
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        Fill(length);
        int size = BinaryPrimitives.ReadInt32BigEndian(length);
        if (_response.Length < size)
        {
            _response = new byte[size];
        }

        Fill(_response.AsSpan(0, size));
        return _response.AsMemory(0, size);
    }

    /// <summary>Whether the broker has closed the connection; waits for it.</summary>
    public bool IsClosedByBroker()
    {
        Span<byte> one = stackalloc byte[1];
        try
        {
            return _socket.Receive(one) == 0;
        }
        catch (SocketException failed)
        {
            return failed.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown;
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _writer.Dispose();
    }

    private void Fill(Span<byte> target)
    {
        while (target.Length > 0)
        {
            int count = _socket.Receive(target);
            if (count == 0)
            {
                throw new EndOfStreamException("The broker closed the connection.");
            }

            target = target[count..];
        }
    }
}
