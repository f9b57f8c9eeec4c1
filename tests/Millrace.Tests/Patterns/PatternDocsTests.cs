using Millrace.Api;
using Millrace.Patterns;
using Millrace.Testing;
using Millrace.UserFunctions;
using Xunit;

namespace Millrace.Tests.Patterns;

/// <summary>The example of docs/patterns.md.</summary>
public sealed class PatternDocsTests
{
    [Fact]
    public void ShouldWarn_WhenLoginSucceedsAfterFailures()
    {
        OutputTag<string> givenUp = new("given-up");
        using OperatorHarness<Login, string> harness = OperatorHarness
            .ForKeyed<string, Login, string>(login => login.User, logins => Warnings(logins, givenUp))
            .WithSideOutput(givenUp);
        harness.ProcessElement(new Login("ada", Ok: false), 1_000);
        harness.ProcessElement(new Login("ada", Ok: false), 2_000);
        harness.ProcessElement(new Login("bob", Ok: false), 2_500);
        harness.ProcessElement(new Login("ada", Ok: true), 3_000);
        harness.ProcessWatermark(302_500);
        Assert.Equal(["ada got in after 2 failures"], harness.OutputValues);
        Assert.Equal(
            ["bob gave up"],
            harness
                .SideOutput(givenUp)
                .Select(record => record.Value)
                .Distinct()
                .Where(text => text.StartsWith("bob", StringComparison.Ordinal))
        );
    }

    private static SingleOutputStreamOperator<string> Warnings(KeyedStream<string, Login> logins, OutputTag<string> givenUp)
    {
        Pattern<Login> pattern = Pattern
            .Begin<Login>("failed", AfterMatchSkipStrategy.SkipPastLastEvent())
            .Where(login => !login.Ok)
            .OneOrMore()
            .Consecutive()
            .Greedy()
            .Next("ok")
            .Where(login => login.Ok)
            .Within(TimeSpan.FromMinutes(5));

        return CEP.Pattern(logins, pattern)
            .Select(
                givenUp,
                (partial, _) => $"{partial["failed"][0].User} gave up",
                match => $"{match["ok"][0].User} got in after {match["failed"].Count} failures"
            )
            .WithUid("warnings");
    }
}
