using Xunit;

namespace Millrace.Packages.Tests;

/// <summary>Installs the command <c>millrace</c> and runs it.</summary>
[Collection(FeedTests.Name)]
public sealed class ToolTests(Feed feed)
{
    [Fact]
    public async Task ShouldRunTheDemo_WhenToolIsInstalled()
    {
        string folder = feed.MakeFolder("demo");
        string millrace = await feed.ToolAsync();

        string help = await feed.InFolder(folder, millrace, "--help").RunAsync();
        string demo = await feed.InFolder(folder, millrace, "--duration", "4s", "--plain").RunAsync();

        // It is told by the name that people type.
        Command.AssertSays("millrace [command] [options]", help);
        Assert.DoesNotContain("./run", help, StringComparison.Ordinal);
        Command.AssertSays("uppercase: Stopped after 4s", demo);
    }
}
