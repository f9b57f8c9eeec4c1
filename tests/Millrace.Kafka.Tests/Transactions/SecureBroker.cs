using System.Buffers.Binary;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Millrace.Kafka.Protocol;
using Millrace.Kafka.Transactions;

namespace Millrace.Kafka.Tests.Transactions;

/// <summary>A listener with TLS and SASL PLAIN that answers just the requests of <see cref="CoordinatorClient"/>, once logged in.</summary>
internal sealed class SecureBroker : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly Task _serving;
    private readonly CancellationTokenSource _stop = new();

    internal SecureBroker(string user, string password)
    {
        using RSA key = RSA.Create(2048);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        AuthorityPem = made.ExportCertificatePem();
        _certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        Login = Encoding.UTF8.GetBytes($"\0{user}\0{password}");
        _listener.Start();
        _serving = ServeAsync();
    }

    internal string AuthorityPem { get; }

    internal int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    internal List<ApiKey> Requests { get; } = [];

    private byte[] Login { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _certificate.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await using SslStream stream = new(client.GetStream());
                await stream.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions { ServerCertificate = _certificate },
                    _stop.Token
                );
                while (true)
                {
                    await AnswerAsync(stream);
                }
            }
            catch (Exception e)
                when (e
                        is IOException
                            or OperationCanceledException
                            or SocketException
                            or System.Security.Authentication.AuthenticationException
                )
            {
                // The client has gone; the next one comes.
            }
        }
    }

    private async Task AnswerAsync(SslStream stream)
    {
        byte[] size = new byte[4];
        await stream.ReadExactlyAsync(size, _stop.Token);
        byte[] request = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        await stream.ReadExactlyAsync(request, _stop.Token);
        byte[] response = Response(request);
        BinaryPrimitives.WriteInt32BigEndian(size, response.Length);
        await stream.WriteAsync(size, _stop.Token);
        await stream.WriteAsync(response, _stop.Token);
        await stream.FlushAsync(_stop.Token);
    }

    private byte[] Response(byte[] request)
    {
        ResponseReader reader = new(request);
        ApiKey api = (ApiKey)reader.Int16();
        _ = reader.Int16();
        using RequestWriter writer = new();
        writer.Int32(reader.Int32());
        _ = reader.String(compact: false);
        Requests.Add(api);
        switch (api)
        {
            case ApiKey.ApiVersions:
                writer.Int16(0);
                ApiKey[] known = Enum.GetValues<ApiKey>();
                writer.Int32(known.Length);
                foreach (ApiKey each in known)
                {
                    writer.Int16((short)each);
                    writer.Int16(0);
                    writer.Int16(5);
                }

                break;
            case ApiKey.SaslHandshake:
                writer.Int16(0);
                writer.Int32(0);
                break;
            case ApiKey.SaslAuthenticate:
                bool right = reader.Bytes(compact: false)!.Value.Span.SequenceEqual(Login);
                writer.Int16(right ? (short)0 : (short)58);
                writer.String(right ? "" : "wrong password", compact: false);
                writer.Bytes([], isNull: false, compact: false);
                break;
            case ApiKey.FindCoordinator:
                writer.Int32(0);
                writer.Int16(0);
                writer.String("", compact: false);
                writer.Int32(1);
                writer.String("localhost", compact: false);
                writer.Int32(Port);
                break;
            default:
                writer.Int32(0);
                writer.Int16(0);
                break;
        }

        return writer.Written.ToArray();
    }
}
