using Xunit;

namespace Millrace.Functions.Tests.Conformance;

/// <summary>Every job gives the same output embedded and in the function app.</summary>
public sealed class ConformanceTests(ConformanceRun run) : IClassFixture<ConformanceRun>
{
    /// <summary>Jobs that this host rightly refuses; docs/conformance.md says why.</summary>
    private static readonly string[] Refused = ["traffic"];

    public static TheoryData<string> Samples => new(SampleCases.All().Select(each => each.Name));

    [Theory]
    [MemberData(nameof(Samples))]
    public void ShouldGiveTheSameOutput_WhenHostIsTheFunctionApp(string job)
    {
        ConformanceRow row = run.Rows[job];
        Assert.True(row.Difference is null, row.Difference);
        Assert.True(row.Reason is null == !Refused.Contains(job, StringComparer.Ordinal), row.Reason ?? "The function app runs the job; take it off the list.");
    }

    [Fact]
    public void ShouldStandInTheDocument_WhenOutputsAreCompared()
    {
        string table = ConformanceTable.Render(run.Rows.Values);
        if (Environment.GetEnvironmentVariable(ConformanceTable.WriteVariable) == "1")
        {
            ConformanceTable.Write("samples", table);
        }

        Assert.True(
            table == ConformanceTable.Read("samples"),
            $"docs/conformance.md does not have this table; run the test once with {ConformanceTable.WriteVariable}=1 and review what it wrote:\n{table}");
    }
}
