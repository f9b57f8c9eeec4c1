using Xunit;

namespace Millrace.Docs.Tests;

/// <summary>What README.md and docs/*.md show as C# compiles.</summary>
public sealed class PageTests
{
    private const int MostLines = 15;

    public static TheoryData<string> Pages => [.. Page.All.Select(page => page.Name)];

    [Theory]
    [MemberData(nameof(Pages))]
    public void ShouldCompile_WhenShownOnAPage(string name)
    {
        IReadOnlyList<string> errors = PageCompiler.ErrorsOf(Page.All.Single(page => page.Name == name));
        Assert.True(
            errors.Count == 0,
            $"Correct the page, or say what it takes for granted in Preludes/{Path.GetFileNameWithoutExtension(name)}.cs:\n"
                + string.Join('\n', errors)
        );
    }

    [Fact]
    public void ShouldTellPageLineAndMessage_WhenABlockDoesNotCompile()
    {
        Page page = Page.Parse(
            "docs/wrong.md",
            """
            # Wrong
            ```java
            int x = null;
            ```
            ```csharp
            using Millrace.Api;

            string text = null;
            StreamExecutionEnvironment.GetExecutionEnvironment().KeyBy(text);
            ```
            """
        );

        Assert.Equal(["docs/wrong.md:8: CS8600", "docs/wrong.md:9: CS1061"], PageCompiler.ErrorsOf(page).Select(error => error[..23]));
    }

    [Fact]
    public void ShouldBelongToAPage_WhenItIsAPrelude()
    {
        string[] pages = [.. Page.All.Select(page => Path.GetFileNameWithoutExtension(page.Name))];
        Assert.All(Directory.EnumerateFiles(PageCompiler.Preludes), file => Assert.Contains(Path.GetFileNameWithoutExtension(file), pages));
    }

    [Fact]
    public void ShouldBeAtMost15Lines_WhenBlockIsTheArticles()
    {
        Block block = Assert.Single(
            Page.All.Single(page => page.Name == "README.md").Blocks,
            block => block.Code.Contains("FlinkKafkaConsumer", StringComparison.Ordinal)
        );
        Assert.InRange(block.Code.Split('\n').Count(line => line.Trim().Length > 0), 1, MostLines);
    }
}
