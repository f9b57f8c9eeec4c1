using System.Text.Json.Nodes;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Infrastructure;
using Xunit;

namespace Millrace.Embedded.Tests.Infrastructure;

public sealed class HostJsonFileTests
{
    private static readonly (string, JsonObject)[] Sections = [("kafka", new JsonObject { ["maxRetries"] = -1 })];

    [Fact]
    public void ShouldLeaveEveryOtherByte_WhenSectionIsReplaced()
    {
        const string Before = """
            {
              // Ours: do not touch.
              "version":   "2.0",
              "extensions": { "http": {"routePrefix": ""}, /* old */ "kafka": { "maxRetries": 5, "x": [1, {"y": "}"}] }, "queues": {} },
              "logging": { "fileLoggingMode": "always" },
            }
            """;

        string after = HostJsonFile.With("host.json", Before, Sections);

        Assert.Equal(
            Before.Replace("""{ "maxRetries": 5, "x": [1, {"y": "}"}] }""", "{\n      \"maxRetries\": -1\n    }", StringComparison.Ordinal),
            after
        );
        Assert.Equal(after, HostJsonFile.With("host.json", after, Sections));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{ \"version\": \"2.0\" }")]
    [InlineData("{ \"extensions\": {} }")]
    [InlineData("{ \"extensions\": { \"http\": {} } }")]
    [InlineData("{ \"ü\": \"extensions\", \"extensions\": { // none yet\n } }")]
    public void ShouldAddTheSection_WhenItIsMissing(string before)
    {
        string after = HostJsonFile.With("host.json", before, Sections);

        JsonNode root = JsonNode.Parse(after)!;
        Assert.Equal(-1, (int)root["extensions"]!["kafka"]!["maxRetries"]!);
        JsonNode old = JsonNode.Parse(before, documentOptions: new() { CommentHandling = System.Text.Json.JsonCommentHandling.Skip })!;
        Assert.All(
            old.AsObject().Where(member => member.Key != "extensions"),
            member => Assert.Equal(member.Value!.ToJsonString(), root[member.Key]!.ToJsonString())
        );
        Assert.Equal(after, HostJsonFile.With("host.json", after, Sections));
    }

    [Fact]
    public void ShouldStartWithTheRootAsPrefix_WhenThereIsNoFile() =>
        Assert.Equal("", (string)JsonNode.Parse(HostJsonFile.With("host.json", null, Sections))!["extensions"]!["http"]!["routePrefix"]!);

    [Theory]
    [InlineData("[]")]
    [InlineData("{ \"extensions\": 1 }")]
    [InlineData("{ \"extensions\": ")]
    [InlineData("")]
    public void ShouldNameTheFile_WhenItIsNoHostJson(string text)
    {
        CliException failure = Assert.Throws<CliException>(() => HostJsonFile.With("app/host.json", text, Sections));
        Assert.Contains("'app/host.json' is no host.json", failure.Message, StringComparison.Ordinal);
    }
}
