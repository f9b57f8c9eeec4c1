using Xunit;

namespace Millrace.Formats.Tests;

public sealed class SchemaRegistryClientTests
{
    private static readonly RegisteredSchema Text = new(RegisteredSchema.Avro, "\"string\"");

    [Fact]
    public async Task ShouldAskOnce_WhenAnswerIsKnown()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using var client = new SchemaRegistryClient(server.Options);

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
        using var client = new SchemaRegistryClient(server.Options with { UserName = "user", Password = "secret" });
        using var stranger = new SchemaRegistryClient(server.Options);

        Assert.Equal(258, client.Register("s", Text));
        Assert.Contains("set SchemaRegistryOptions.UserName", Assert.Throws<SchemaFormatException>(() => stranger.GetById(258)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldNameSubjectAndAnswer_WhenRegistryRefuses()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using var client = new SchemaRegistryClient(server.Options);

        string refused = Assert.Throws<SchemaFormatException>(() => client.Register("refused-value", Text)).Message;
        string unknown = Assert.Throws<SchemaFormatException>(() => client.GetById(5)).Message;

        Assert.Contains("Subject 'refused-value'", refused, StringComparison.Ordinal);
        Assert.Contains("409", refused, StringComparison.Ordinal);
        Assert.Contains("Schema 5", unknown, StringComparison.Ordinal);
        Assert.Contains("404", unknown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldGiveUp_WhenAnswerDoesNotComeInTime()
    {
        await using RegistryServer server = await RegistryServer.StartAsync();
        using var client = new SchemaRegistryClient(server.Options with { Timeout = TimeSpan.FromMilliseconds(200) });

        Assert.Contains("within 0.2 s", Assert.Throws<SchemaFormatException>(() => client.GetById(99)).Message, StringComparison.Ordinal);
    }
}
