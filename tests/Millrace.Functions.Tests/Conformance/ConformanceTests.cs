using Millrace.Functions.Tests.Conformance.Features;
using Xunit;

namespace Millrace.Functions.Tests.Conformance;

/// <summary>Every job gives the same output embedded and in the function app.</summary>
public sealed class ConformanceTests(ConformanceRun run) : IClassFixture<ConformanceRun>
{
    /// <summary>Jobs that this host rightly refuses; docs/conformance.md says why.</summary>
    private static readonly string[] Refused = ["traffic"];

    public static TheoryData<string> Jobs => new(SampleCases.All().Concat(FeatureCases.All()).Select(each => each.Name));

    [Theory]
    [MemberData(nameof(Jobs))]
    public void ShouldGiveTheSameOutput_WhenHostIsTheFunctionApp(string job)
    {
        ConformanceRow row = run.Rows[job];
        Assert.True(row.Difference is null, row.Difference);
        Assert.True(
            row.Reason is null == !Refused.Contains(job, StringComparer.Ordinal),
            row.Reason ?? "The function app runs the job; take it off the list."
        );
    }

    [Fact]
    public void ShouldTellWhatDiffers_WhenARecordIsMissingDoubledOrLate()
    {
        ConformanceCase conformance = FeatureCases.All().First(each => each.Name == "forward");
        Assert.Null(Compare(["a", "b"], ["a", "b"]));
        Assert.NotNull(Compare(["a", "b"], ["a"]));
        Assert.NotNull(Compare(["a", "b"], ["a", "b", "b"]));
        Assert.NotNull(Compare(["a", "b"], ["b", "a"]));
        Assert.NotNull(Compare([], []));

        string? Compare(string[] embedded, string[] functions) =>
            ConformanceRow.Of(conformance, OutputOf(embedded), OutputOf(functions)).Difference;

        HostOutput OutputOf(string[] records) =>
            new(
                conformance.Outputs.ToDictionary(topic => topic, _ => (IReadOnlyList<string>)records, StringComparer.Ordinal),
                Failure: null
            );
    }

    [Theory]
    [InlineData("samples")]
    [InlineData("features")]
    public void ShouldStandInTheDocument_WhenOutputsAreCompared(string name)
    {
        HashSet<string> jobs = [.. (name == "samples" ? SampleCases.All() : FeatureCases.All()).Select(each => each.Name)];
        string table = ConformanceTable.Render(run.Rows.Values.Where(row => jobs.Contains(row.Case.Name)));
        if (Environment.GetEnvironmentVariable(ConformanceTable.WriteVariable) == "1")
        {
            ConformanceTable.Write(name, table);
        }

        Assert.True(
            table == ConformanceTable.Read(name),
            $"docs/conformance.md does not have this table; run the test once with {ConformanceTable.WriteVariable}=1 and review what it "
                + $"wrote:\n{table}"
        );
    }
}
