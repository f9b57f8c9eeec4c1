using Millrace.Embedded.Infrastructure;
using Xunit;

namespace Millrace.Embedded.Tests.Infrastructure;

public sealed class TextDifferenceTests
{
    [Fact]
    public void ShouldBeEmpty_WhenTextsAreTheSame() => Assert.Empty(TextDifference.Of("a\nb\n", "a\nb\n"));

    [Fact]
    public void ShouldShowChangedLinesWithTheirSurroundings_WhenTextsDiffer()
    {
        string before = string.Join('\n', Enumerable.Range(1, 30));
        string after = before
            .Replace("\n5\n", "\nfive\n", StringComparison.Ordinal)
            .Replace("\n9\n", "\n9\nnine and a half\n", StringComparison.Ordinal)
            .Replace("\n27\n", "\n", StringComparison.Ordinal);

        Assert.Equal(
            [
                "@@ line 2 @@",
                " 2",
                " 3",
                " 4",
                "-5",
                "+five",
                " 6",
                " 7",
                " 8",
                " 9",
                "+nine and a half",
                " 10",
                " 11",
                " 12",
                "@@ line 25 @@",
                " 24",
                " 25",
                " 26",
                "-27",
                " 28",
                " 29",
                " 30",
            ],
            TextDifference.Of(before, after)
        );
    }

    [Fact]
    public void ShouldShowEveryLine_WhenThereWasNoText() =>
        Assert.Equal(["@@ line 1 @@", "+a", "+b", " "], TextDifference.Of("", "a\nb\n"));
}
