using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Transactions;

/// <summary>
/// One connection to one broker, one request at a time. Only for the few requests that librdkafka has no function for: ending a transaction
/// of another process, topics' ids, ends of leader epochs.
/// <code>
/// Connected -> (TLS) -> versions known -> (SASL) -> requests -> Disposed
/// </code>
/// </summary>
internal sealed class KafkaConnection : IAsyncDisposable
{
    private const int MaxResponse = 1 << 26;

    private readonly Stream _stream;
    private readonly string _clientId;
    private readonly Dictionary<short, (short Min, short Max)> _versions = [];
    private int _correlation;

    private KafkaConnection(Stream stream, string clientId)
    {
        _stream = stream;
        _clientId = clientId;
    }

    internal static async Task<KafkaConnection> OpenAsync(
        string host,
        int port,
        ConnectionSecurity security,
        string clientId,
        CancellationToken cancellationToken
    )
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken).ConfigureAwait(false);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (security.UsesTls)
            {
                SslStream tls = new(stream);
                stream = tls;
                await tls.AuthenticateAsClientAsync(security.Tls(host), cancellationToken).ConfigureAwait(false);
            }

            KafkaConnection connection = new(stream, clientId);
            await connection.LearnVersionsAsync(cancellationToken).ConfigureAwait(false);
            if (security.UsesSasl)
            {
                await connection.AuthenticateAsync(security, cancellationToken).ConfigureAwait(false);
            }

            return connection;
        }
        catch (AuthenticationException e)
        {
            await CloseAsync(stream, socket).ConfigureAwait(false);
            throw new KafkaClientException(
                $"TLS with broker {host}:{port} failed: {e.Message} Check security.protocol, ssl.ca.location and the broker's certificate.",
                e
            );
        }
        catch
        {
            await CloseAsync(stream, socket).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task CloseAsync(Stream? stream, Socket socket)
    {
        if (stream is not null)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
        }

        socket.Dispose();
    }

    /// <summary>The newest version that both sides know.</summary>
    internal short Version(ApiKey api, short newest)
    {
        if (_versions.TryGetValue((short)api, out (short Min, short Max) range) && range.Min <= newest)
        {
            return Math.Min(range.Max, newest);
        }

        throw new KafkaClientException(
            $"The broker does not know {api} in a version up to {newest}, which transactions need. Use Kafka 0.11 or newer, or "
                + "DeliveryGuarantee.AtLeastOnce."
        );
    }

    /// <summary>The newest version that both sides know, where there is one.</summary>
    internal bool TryVersion(ApiKey api, short oldest, short newest, out short version)
    {
        version = _versions.TryGetValue((short)api, out (short Min, short Max) range) ? Math.Min(range.Max, newest) : (short)-1;
        return version >= oldest && range.Min <= version;
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <returns>The response's body.</returns>
    internal async Task<ReadOnlyMemory<byte>> SendAsync(
        ApiKey api,
        short version,
        WireWriter body,
        CancellationToken cancellationToken,
        bool isFlexible = false
    )
    {
        int correlation = ++_correlation;
        WireWriter header = new();
        header.Int16((short)api);
        header.Int16(version);
        header.Int32(correlation);
        header.String(_clientId);
        if (isFlexible)
        {
            header.NoTags();
        }

        byte[] frame = new byte[4 + header.Written.Length + body.Written.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        header.Written.CopyTo(frame.AsSpan(4));
        body.Written.CopyTo(frame.AsSpan(4 + header.Written.Length));
        await _stream.WriteAsync(frame, cancellationToken).ConfigureAwait(false);
        await _stream.FlushAsync(cancellationToken).ConfigureAwait(false);

        byte[] prefix = new byte[8];
        await _stream.ReadExactlyAsync(prefix, cancellationToken).ConfigureAwait(false);
        int size = BinaryPrimitives.ReadInt32BigEndian(prefix) - 4;
        int answered = BinaryPrimitives.ReadInt32BigEndian(prefix.AsSpan(4));
        if (size is < 0 or > MaxResponse || answered != correlation)
        {
            throw new InvalidDataException(
                $"The answer to {api} has {size} bytes and correlation {answered} instead of {correlation}; is this a Kafka broker?"
            );
        }

        byte[] response = new byte[size];
        await _stream.ReadExactlyAsync(response, cancellationToken).ConfigureAwait(false);
        return response;
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task LearnVersionsAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> response = await SendAsync(ApiKey.ApiVersions, 0, new WireWriter(), cancellationToken).ConfigureAwait(false);
        WireReader reader = new(response.Span);
        KafkaErrors.ThrowIfError(reader.Int16(), "Asking a broker for its versions");
        int count = reader.Int32();
        for (int i = 0; i < count; i++)
        {
            _versions[reader.Int16()] = (reader.Int16(), reader.Int16());
        }
    }

    private async Task AuthenticateAsync(ConnectionSecurity security, CancellationToken cancellationToken)
    {
        WireWriter handshake = new();
        handshake.String(security.Mechanism);
        ReadOnlyMemory<byte> response = await SendAsync(ApiKey.SaslHandshake, 1, handshake, cancellationToken).ConfigureAwait(false);
        KafkaErrors.ThrowIfError(new WireReader(response.Span).Int16(), $"SASL {security.Mechanism}");
        if (security.Mechanism == "PLAIN")
        {
            _ = await SaslAsync(Encoding.UTF8.GetBytes($"\0{security.User}\0{security.Password}"), cancellationToken).ConfigureAwait(false);
            return;
        }

        HashAlgorithmName hash = security.Mechanism.EndsWith("512", StringComparison.Ordinal)
            ? HashAlgorithmName.SHA512
            : HashAlgorithmName.SHA256;
        ScramClient scram = new(hash, security.User, security.Password);
        byte[] serverFirst = await SaslAsync(scram.First(), cancellationToken).ConfigureAwait(false);
        scram.Verify(await SaslAsync(scram.Final(serverFirst), cancellationToken).ConfigureAwait(false));
    }

    private async Task<byte[]> SaslAsync(byte[] message, CancellationToken cancellationToken)
    {
        WireWriter body = new();
        body.Bytes(message);
        ReadOnlyMemory<byte> response = await SendAsync(ApiKey.SaslAuthenticate, 0, body, cancellationToken).ConfigureAwait(false);
        WireReader reader = new(response.Span);
        short code = reader.Int16();
        string? text = reader.String();
        if (code != ErrorCodes.NoError)
        {
            KafkaErrors.Throw(code, "SASL authentication", text);
        }

        return reader.Bytes().ToArray();
    }
}
