using Xunit;

namespace Millrace.Analyzers.Tests;

public sealed class CapturedLocalTests
{
    private static readonly CapturedLocalAnalyzer Analyzer = new();
    private static readonly CapturedLocalCodeFix Fix = new();

    [Theory]
    [InlineData("long count = 0;\nitems.Map(i => ++count);", "in it")]
    [InlineData("long sum = 0;\nitems.Map(i => { sum += i.Value; return sum; });", "in it")]
    [InlineData("items.Map(i => Interlocked.Increment(ref size));", "in it")]
    [InlineData("long limit = 1;\nitems.Filter(i => i.Value > limit);\nlimit = 2;", "after it was made")]
    [InlineData("items.Filter(i => i.Value > size);\n(size, _) = (3, 4);", "after it was made")]
    [InlineData("for (int shard = 0; shard < 3; shard++)\n{\n    items.Filter(i => i.Value == shard);\n}", "after it was made")]
    [InlineData("long last = 0;\nwhile (size > 0)\n{\n    last = size--;\n    items.Filter(i => i.Value == last);\n}", "after it was made")]
    public async Task ShouldReport_WhenCapturedLocalChanges(string statements, string when)
    {
        Assert.Contains(
            $"is assigned {when};",
            Assert.Single(await Snippet.OfJob(statements).DiagnosticsAsync(Analyzer)).GetMessage(null),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("long limit = 1;\nitems.Filter(i => i.Value > limit);")]
    [InlineData("long limit = 1;\nlimit *= 2;\nitems.Filter(i => i.Value > limit);")]
    [InlineData("const long Limit = 1;\nitems.Filter(i => i.Value > Limit + size);")]
    [InlineData("items.Map(i => { long sum = 0; sum += i.Value; return sum; });")]
    [InlineData("foreach (string key in new[] { \"a\", \"b\" })\n{\n    items.Filter(i => i.Key == key);\n}")]
    [InlineData("for (int shard = 0; shard < 3; shard++)\n{\n    int mine = shard;\n    items.Filter(i => i.Value == mine);\n}")]
    [InlineData("long count = 0;\nFunc<long> next = () => ++count;\nnext();")]
    public async Task ShouldBeSilent_WhenCapturedLocalNeverChanges(string statements) =>
        Assert.Empty(await Snippet.OfJob(statements).FindingsAsync(Analyzer));

    [Fact]
    public async Task ShouldCaptureACopy_WhenFixed()
    {
        Snippet result = await Snippet
            .OfJob("long limit = 1;\nitems.Filter(i => i.Value > limit && limit > 0);\nlimit = 2;")
            .FixAsync(Analyzer, Fix);

        Assert.Contains(
            "        var capturedLimit = limit;\n        items.Filter(i => i.Value > capturedLimit && capturedLimit > 0);\n        limit = "
                + "2;",
            (await result.TextAsync()).ReplaceLineEndings("\n"),
            StringComparison.Ordinal
        );
        Assert.Empty(await result.FindingsAsync(Analyzer));
    }

    [Fact]
    public async Task ShouldCopyInTheBodyOfTheLoop_WhenLoopVariableIsCaptured()
    {
        Snippet result = await Snippet
            .OfJob("for (int shard = 0; shard < 3; shard++)\n{\n    // One branch each.\n    items.Filter(i => i.Value == shard);\n}")
            .FixAsync(Analyzer, Fix);

        Assert.Contains(
            "            // One branch each.\n            var capturedShard = shard;\n            items.Filter(i => i.Value == "
                + "capturedShard);",
            (await result.TextAsync()).ReplaceLineEndings("\n"),
            StringComparison.Ordinal
        );
        Assert.Empty(await result.FindingsAsync(Analyzer));
    }

    [Fact]
    public async Task ShouldOfferNoFix_WhenLambdaAssignsTheLocalItself() =>
        Assert.Empty(await Snippet.OfJob("long count = 0;\nitems.Map(i => ++count);").FixesAsync(Analyzer, Fix));
}
