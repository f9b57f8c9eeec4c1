using System.Globalization;
using Millrace.Embedded.Cli;
using Xunit;

namespace Millrace.Embedded.Tests.Nexmark;

public sealed class NexmarkCommandTests
{
    [Fact]
    public async Task ShouldPrintARowPerQuery_WhenQueriesAreNamed()
    {
        using StringWriter output = new();
        using StringWriter error = new();
        string[] arguments =
        [
            "nexmark",
            "--query",
            "q2,q6",
            "--events",
            "20000",
            "--runs",
            "1",
            "--parallelism",
            "2",
            "--latency-seconds",
            "1",
        ];
        int exitCode = await CliApplication.RunAsync(arguments, new CliConsole(output, error, IsTerminal: false), Deadline.Token());
        Assert.True(exitCode == CliApplication.Success, error.ToString());
        string[] rows =
        [
            .. output.ToString().Split('\n').Where(line => line.StartsWith('q') && line.Contains('|', StringComparison.Ordinal)).Skip(1),
        ];
        Assert.Equal(["q2", "q6"], rows.Select(row => row.Split('|')[0].Trim()));

        // Every column holds something: the published figure of query 2, none for query 6.
        Assert.All(
            rows,
            row => Assert.Equal(15, row.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Length)
        );
        Assert.Contains("| 175k | 414k | -", rows[0], StringComparison.Ordinal);
        Assert.All(rows, row => Assert.Matches("^[0-9.]+ ms$", row.Split('|')[4].Trim()));
        Assert.EndsWith("| - | - | -", rows[1].TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10000000", "3m", "12.000")]
    [InlineData("100000", "30s", "23.000")]
    [InlineData("100000", "3m", null)]
    public async Task ShouldGiveARatioOnly_WhenTheWorkloadIsTheReferences(
        string eventsPerSecond,
        string checkpointInterval,
        string? reference
    )
    {
        using StringWriter output = new();
        string[] arguments =
        [
            "nexmark",
            "--query",
            "q7",
            "--events",
            "20000",
            "--runs",
            "1",
            "--latency-seconds",
            "0",
            "--events-per-second",
            eventsPerSecond,
            "--checkpoint-interval",
            checkpointInterval,
        ];
        int exitCode = await CliApplication.RunAsync(arguments, new CliConsole(output, output, IsTerminal: false), Deadline.Token());
        Assert.True(exitCode == CliApplication.Success, output.ToString());
        Assert.Contains($"20000 events at {eventsPerSecond} per second of event time", output.ToString(), StringComparison.Ordinal);
        Assert.Contains(
            "Flink 1.x per core (10000k/s, 180 s) | Flink 2.x per core (100k/s, 30 s) | ratio",
            output.ToString(),
            StringComparison.Ordinal
        );
        string[] row =
        [
            .. output
                .ToString()
                .Split('\n')
                .Single(line => line.StartsWith("q7 |", StringComparison.Ordinal))
                .Split('|')
                .Select(cell => cell.Trim()),
        ];
        Assert.Equal(["12k", "23k"], row[^3..^1]);
        if (reference is null)
        {
            Assert.Equal("-", row[^1]);
            return;
        }

        double perCore = double.Parse(row[2].TrimEnd('k'), CultureInfo.InvariantCulture);
        Assert.Equal(
            perCore / double.Parse(reference, CultureInfo.InvariantCulture),
            double.Parse(row[^1].TrimEnd('x'), CultureInfo.InvariantCulture),
            tolerance: 0.2
        );
    }
}
