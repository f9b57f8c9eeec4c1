using Millrace.Embedded.Infrastructure;
using Xunit;

namespace Millrace.Embedded.Tests.Infrastructure;

public sealed class CostEstimateTests
{
    [Fact]
    public void ShouldCostTransactionsOnly_WhenNothingIsSent()
    {
        CostEstimate cost = CostEstimate.Of(new JobLoad("job", 0, PreAggregates: false));

        Assert.InRange(cost.Ledgers, 1, 150);
        Assert.Equal(0, cost.Operations);
        Assert.Equal(cost.LedgerCost(), cost.InStorage());
    }

    [Fact]
    public void ShouldSendFewerMessages_WhenSourcesAggregate()
    {
        CostEstimate plain = CostEstimate.Of(new JobLoad("job", 4, PreAggregates: false));
        CostEstimate sums = CostEstimate.Of(new JobLoad("job", 4, PreAggregates: true));

        Assert.InRange(sums.Ledgers, plain.Ledgers, 2 * plain.Ledgers);
        Assert.InRange(sums.Operations, 1, plain.Operations);
    }

    [Theory]
    [InlineData(4, 1)]
    [InlineData(64, 3)]
    public void ShouldSendOneMessagePerTaskAndBatchAtLeast_WhenTasksAreMany(int tasks, double atLeast)
    {
        double few = CostEstimate.Of(new JobLoad("job", 1, PreAggregates: false)).Operations;
        double many = CostEstimate.Of(new JobLoad("job", tasks, PreAggregates: false)).Operations;

        Assert.True(many >= few * atLeast, $"{many} operations with {tasks} tasks, {few} with one.");
        Assert.True(many >= 100 * tasks);
    }

    [Fact]
    public void ShouldNameEveryJobTwice_WhenLinesAreWritten()
    {
        List<string> lines = [.. CostEstimate.Lines([new("one", 4, PreAggregates: false), new("two", 0, PreAggregates: false)])];

        Assert.Equal(2, lines.Count(line => line.Contains("one, ", StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line.Contains("two, ", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line.Contains("per million actions", StringComparison.Ordinal));
    }
}
