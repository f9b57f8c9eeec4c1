using PublicApiGenerator;
using Xunit;

namespace Millrace.Functions.Tests.Repository;

/// <summary>
/// As the architecture tests' for the other libraries. It stands here because those are built with locked packages, which the official ones
/// are not.
/// </summary>
public sealed class PublicApiTests
{
    [Fact]
    public void ShouldBeApproved_WhenApiIsPublic()
    {
        string file = Tree.PathOf("src/Millrace.Functions/PublicApi.approved.txt");
        string actual =
            typeof(SourceFunction)
                .Assembly.GeneratePublicApi(new ApiGeneratorOptions { IncludeAssemblyAttributes = false })
                .ReplaceLineEndings("\n")
                .TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("MILLRACE_APPROVE_API") == "1")
        {
            File.WriteAllText(file, actual);
        }

        string approved = File.Exists(file) ? File.ReadAllText(file).ReplaceLineEndings("\n") : "";
        string[] added = [.. actual.Split('\n').Except(approved.Split('\n')).Select(line => "+ " + line.Trim())];
        string[] removed = [.. approved.Split('\n').Except(actual.Split('\n')).Select(line => "- " + line.Trim())];
        Assert.True(
            approved == actual,
            $"The public API of Millrace.Functions is not the approved one:\n{string.Join('\n', removed.Concat(added).Take(40))}\nReview "
                + "it. To approve, run this test once with MILLRACE_APPROVE_API=1."
        );
    }
}
