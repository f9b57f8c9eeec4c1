using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Protocol;

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
    private readonly Dictionary<ApiKey, (short Min, short Max)> _versions = [];
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
        if (_versions.TryGetValue(api, out (short Min, short Max) range) && range.Min <= newest)
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
        version = _versions.TryGetValue(api, out (short Min, short Max) range) ? Math.Min(range.Max, newest) : (short)-1;
        return version >= oldest && range.Min <= version;
    }

    /// <summary>Sends a request and waits for its answer.</summary>
    /// <returns>On the response's body.</returns>
    internal async Task<ResponseReader> SendAsync(
        ApiKey api,
        short version,
        RequestWriter body,
        CancellationToken cancellationToken,
        bool isFlexible = false
    )
    {
        int correlation = ++_correlation;
        using RequestWriter header = new();
        new RequestHeader(api, version, correlation, _clientId).Write(header, isFlexible);
        byte[] frame = new byte[4 + header.Written.Length + body.Written.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length - 4);
        header.Written.CopyTo(frame.AsMemory(4));
        body.Written.CopyTo(frame.AsMemory(4 + header.Written.Length));
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
        return new ResponseReader(response);
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task LearnVersionsAsync(CancellationToken cancellationToken)
    {
        using RequestWriter body = new();
        ResponseReader reader = await SendAsync(ApiKey.ApiVersions, 0, body, cancellationToken).ConfigureAwait(false);
        KafkaErrors.ThrowIfError(reader.Int16(), "Asking a broker for its versions");
        for (int left = reader.ArrayLength(compact: false); left > 0; left--)
        {
            _versions[(ApiKey)reader.Int16()] = (reader.Int16(), reader.Int16());
        }
    }

    private async Task AuthenticateAsync(ConnectionSecurity security, CancellationToken cancellationToken)
    {
        using RequestWriter handshake = new();
        handshake.String(security.Mechanism, compact: false);
        ResponseReader reader = await SendAsync(ApiKey.SaslHandshake, 1, handshake, cancellationToken).ConfigureAwait(false);
        KafkaErrors.ThrowIfError(reader.Int16(), $"SASL {security.Mechanism}");
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
        using RequestWriter body = new();
        body.Bytes(message, isNull: false, compact: false);
        ResponseReader reader = await SendAsync(ApiKey.SaslAuthenticate, 0, body, cancellationToken).ConfigureAwait(false);
        short code = reader.Int16();
        string? text = reader.String(compact: false);
        if (code != ErrorCodes.NoError)
        {
            KafkaErrors.Throw(code, "SASL authentication", text);
        }

        return reader.Bytes(compact: false)?.ToArray() ?? [];
    }
}
