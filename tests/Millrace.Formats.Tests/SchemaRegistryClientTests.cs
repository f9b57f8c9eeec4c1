using Millrace.Connectors;
using Xunit;

namespace Millrace.Formats.Tests;

public sealed class SchemaRegistryClientTests
{
    private static readonly RegisteredSchema Text = new(RegisteredSchema.Avro, "\"string\"");

    [Fact]
    public async Task ShouldAskOnce_WhenAnswerIsKnown()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using SchemaRegistryClient client = new(server.Options);

        int id = client.Register("a b", Text);

        Assert.Equal(id, client.Register("a b", Text));
        Assert.Equal(Text, client.GetById(id));
        Assert.Equal(Text, client.GetById(id));
        Assert.Equal(["POST /subjects/a b/versions", $"GET /schemas/ids/{id}"], server.Requests);
    }

    [Fact]
    public async Task ShouldAuthenticate_WhenUserIsGiven()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        server.Authorization = "Basic dXNlcjpzZWNyZXQ=";
        using SchemaRegistryClient client = new(server.Options with { UserName = "user", Password = "secret" });
        using SchemaRegistryClient stranger = new(server.Options);

        Assert.Equal(258, client.Register("s", Text));
        Assert.Contains(
            "set SchemaRegistryOptions.UserName",
            Assert.Throws<ExternalServiceException>(() => stranger.GetById(258)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task ShouldNameSubjectAndAnswer_WhenRegistryRefuses()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using SchemaRegistryClient client = new(server.Options);

        string refused = Assert.Throws<SchemaFormatException>(() => client.Register("refused-value", Text)).Message;
        string unknown = Assert.Throws<SchemaFormatException>(() => client.GetById(5)).Message;

        Assert.Contains("Subject 'refused-value'", refused, StringComparison.Ordinal);
        Assert.Contains("409", refused, StringComparison.Ordinal);
        Assert.Contains("Schema 5", unknown, StringComparison.Ordinal);
        Assert.Contains("404", unknown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(408, true)]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(503, true)]
    [InlineData(200, true, "<html>be back soon</html>")]
    [InlineData(200, false, "{}")]
    [InlineData(400, false)]
    [InlineData(401, false)]
    [InlineData(403, false)]
    [InlineData(404, false, "<html>not found</html>")]
    public async Task ShouldBlameTheRegistryAndNotTheSchema_WhenTheAnswerIsAboutTheRegistry(int status, bool isTransient, string body = "")
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        server.Failures.Enqueue((status, body));
        server.Failures.Enqueue((status, body));
        using SchemaRegistryClient client = new(
            server.Options with
            {
                Url = new Uri(server.Url.AbsoluteUri.Replace("://", "://user:secret@", StringComparison.Ordinal)),
            }
        );

        ExternalServiceException read = Assert.Throws<ExternalServiceException>(() => client.GetById(1));
        ExternalServiceException written = Assert.Throws<ExternalServiceException>(() => client.Register("s", Text));

        Assert.Equal((isTransient, isTransient), (read.IsTransient, written.IsTransient));
        Assert.Contains(server.Url.Authority, read.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", read.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldBlameTheRegistry_WhenItsNameOrItsCertificateIsWrong()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using SchemaRegistryClient unknown = new(new SchemaRegistryOptions { Url = new Uri("http://registry.invalid:8081") });
        using SchemaRegistryClient insecure = new(
            server.Options with
            {
                Url = new Uri(server.Url.AbsoluteUri.Replace("http:", "https:", StringComparison.Ordinal)),
            }
        );

        Assert.Contains(
            "registry.invalid",
            Assert.Throws<ExternalServiceException>(() => unknown.GetById(1)).Message,
            StringComparison.Ordinal
        );
        Assert.True(Assert.Throws<ExternalServiceException>(() => insecure.GetById(1)).IsTransient);
    }

    [Fact]
    public async Task ShouldGiveUp_WhenAnswerDoesNotComeInTime()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using SchemaRegistryClient client = new(server.Options with { Timeout = TimeSpan.FromMilliseconds(200) });

        Assert.Contains(
            "within 0.2 s",
            Assert.Throws<ExternalServiceException>(() => client.GetById(99)).Message,
            StringComparison.Ordinal
        );
    }
}
