using Millrace.Kafka.Interop;
using Millrace.Kafka.Producing;
using Millrace.Kafka.Protocol;
using Millrace.Kafka.Transactions;
using Xunit;

namespace Millrace.Kafka.Tests.Transactions;

public sealed class SecureConnectionTests : IAsyncLifetime
{
    private readonly SecureBroker _broker = new("alice", "secret");

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _broker.DisposeAsync();

    [Fact]
    public async Task ShouldCommit_WhenLoggedInOverTls()
    {
        await using CoordinatorClient client = Client(("ssl.ca.pem", _broker.AuthorityPem), ("sasl.password", "secret"));

        Assert.Equal(0, await client.CommitAsync("t", new ProducerIdentity(1, 0), Deadline.Token()));

        Assert.Equal(
            [ApiKey.ApiVersions, ApiKey.SaslHandshake, ApiKey.SaslAuthenticate, ApiKey.FindCoordinator, ApiKey.EndTxn],
            _broker.Requests
        );
    }

    [Fact]
    public async Task ShouldSayWhatToCheck_WhenPasswordIsWrong()
    {
        await using CoordinatorClient client = Client(("ssl.ca.pem", _broker.AuthorityPem), ("sasl.password", "guess"));

        KafkaClientException error = await Assert.ThrowsAsync<KafkaClientException>(() =>
            client.CommitAsync("t", new ProducerIdentity(1, 0), Deadline.Token())
        );

        Assert.Equal(ErrorCodes.SaslAuthenticationFailed, error.Code);
        Assert.Contains("wrong password", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("guess", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldRefuse_WhenCertificateIsNotTrusted()
    {
        await using CoordinatorClient client = Client(("sasl.password", "secret"));

        KafkaClientException error = await Assert.ThrowsAsync<KafkaClientException>(() =>
            client.CommitAsync("t", new ProducerIdentity(1, 0), Deadline.Token())
        );

        Assert.Contains("ssl.ca.location", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(ApiKey.SaslAuthenticate, _broker.Requests);
    }

    [Fact]
    public async Task ShouldTrustAnybody_WhenVerificationIsOff()
    {
        await using CoordinatorClient client = Client(("sasl.password", "secret"), ("enable.ssl.certificate.verification", "false"));

        Assert.Equal(0, await client.CommitAsync("t", new ProducerIdentity(1, 0), Deadline.Token()));
    }

    private CoordinatorClient Client(params (string Name, string Value)[] more)
    {
        Dictionary<string, string> properties = new(StringComparer.Ordinal)
        {
            ["bootstrap.servers"] = $"localhost:{_broker.Port}",
            ["security.protocol"] = "sasl_ssl",
            ["sasl.mechanism"] = "PLAIN",
            ["sasl.username"] = "alice",
        };
        foreach ((string name, string value) in more)
        {
            properties[name] = value;
        }

        return new CoordinatorClient(properties, "test", TimeSpan.FromSeconds(20), TimeProvider.System);
    }
}
