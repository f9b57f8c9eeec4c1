using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Millrace.Embedded.Cli;
using Xunit;

namespace Millrace.Embedded.Tests.Cli;

public sealed class RefusedLoginTests
{
    [Fact]
    public async Task ShouldSayThatTheLoginIsRefused_WhenThePasswordIsWrong()
    {
        await using RefusingBroker broker = new();
        await using StringWriter output = new();
        await using StringWriter error = new();

        int exitCode = await CliApplication.RunAsync(
            [
                "dlq",
                "list",
                "--topic",
                "t",
                "--bootstrap-servers",
                broker.Address,
                "--kafka-property",
                "security.protocol=SASL_PLAINTEXT",
                "--kafka-property",
                "sasl.mechanism=PLAIN",
                "--kafka-property",
                "sasl.username=me",
                "--kafka-property",
                "sasl.password=wrong",
            ],
            new CliConsole(TextWriter.Synchronized(output), TextWriter.Synchronized(error), IsTerminal: false),
            Deadline.Token()
        );

        Assert.Equal(CliApplication.Failure, exitCode);
        string text = error.ToString();
        Assert.StartsWith($"The broker at {broker.Address} refuses the login: ", text, StringComparison.Ordinal);
        Assert.Contains("no such user", text, StringComparison.Ordinal);
        Assert.Contains("Check sasl.mechanism, sasl.username and sasl.password", text, StringComparison.Ordinal);
        Assert.DoesNotContain("No Kafka broker answers", text, StringComparison.Ordinal);
    }

    /// <summary>A listener that speaks as much as a client needs to have its login refused.</summary>
    private sealed class RefusingBroker : IAsyncDisposable
    {
        private const short ApiVersions = 18;
        private const short SaslHandshake = 17;
        private const short SaslAuthenticate = 36;
        private const short UnsupportedVersion = 35;
        private const short SaslAuthenticationFailed = 58;

        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _serving;

        public RefusingBroker()
        {
            _listener.Start();
            _serving = ServeAsync();
        }

        public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            _listener.Stop();
            await _serving;
            _stop.Dispose();
        }

        private async Task ServeAsync()
        {
            List<Task> clients = [];
            try
            {
                while (true)
                {
                    clients.Add(AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
                }
            }
            catch (OperationCanceledException)
            {
                await Task.WhenAll(clients);
            }
        }

        private async Task AnswerAsync(TcpClient client)
        {
            using (client)
            {
                try
                {
                    NetworkStream stream = client.GetStream();
                    byte[] size = new byte[4];
                    while (true)
                    {
                        await stream.ReadExactlyAsync(size, _stop.Token);
                        byte[] request = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
                        await stream.ReadExactlyAsync(request, _stop.Token);
                        await stream.WriteAsync(Answer(request), _stop.Token);
                    }
                }
                catch (Exception ended) when (ended is IOException or OperationCanceledException)
                {
                    // The client has gone, or the test has.
                }
            }
        }

        // A request: api key, version, correlation id. An answer: size, correlation id, body.
        private static byte[] Answer(byte[] request)
        {
            short api = BinaryPrimitives.ReadInt16BigEndian(request);
            short version = BinaryPrimitives.ReadInt16BigEndian(request.AsSpan(2));
            List<byte> answer = [0, 0, 0, 0, .. request[4..8]];
            switch (api)
            {
                case ApiVersions:
                    Add(answer, version == 0 ? (short)0 : UnsupportedVersion);
                    answer.AddRange([0, 0, 0, 3]);
                    foreach (short known in (short[])[ApiVersions, SaslHandshake, SaslAuthenticate])
                    {
                        Add(answer, known);
                        Add(answer, 0);
                        Add(answer, known == SaslHandshake ? (short)1 : (short)0);
                    }

                    break;
                case SaslHandshake:
                    Add(answer, 0);
                    answer.AddRange([0, 0, 0, 1]);
                    Add(answer, "PLAIN");
                    break;
                case SaslAuthenticate:
                    Add(answer, SaslAuthenticationFailed);
                    Add(answer, "no such user");
                    answer.AddRange([0, 0, 0, 0]);
                    break;
                default:
                    throw new InvalidOperationException($"Request {api} comes before the login.");
            }

            byte[] bytes = [.. answer];
            BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length - 4);
            return bytes;
        }

        private static void Add(List<byte> answer, short value) => answer.AddRange([(byte)(value >> 8), (byte)value]);

        private static void Add(List<byte> answer, string value)
        {
            Add(answer, (short)value.Length);
            answer.AddRange(System.Text.Encoding.ASCII.GetBytes(value));
        }
    }
}
