using System.Globalization;

namespace Millrace.Embedded.Infrastructure;

/// <summary>
/// What a job asks of either backend per million records, in full batches of 10,000, and what that costs. The counts were measured with
/// <c>./run bench functions-host costs</c>, see docs/infra.md.
/// </summary>
/// <param name="Ledgers">Transactions of ledgers.</param>
/// <param name="Operations">Messages to entities; the scheduler calls them actions.</param>
/// <param name="Queues">Requests to the hub's queues.</param>
/// <param name="Tables">Requests to the hub's tables.</param>
internal sealed record CostEstimate(double Ledgers, double Operations, double Queues, double Tables)
{
    private const int Batches = 100;

    // log-analysis with four tasks per stage, lines of some 100 bytes: a task gets messages of 31 KB, or its part of a batch's sums.
    private const int MeasuredTasks = 4;
    private static readonly CostEstimate Records = new(113, 1_980, 6_150, 1_900);
    private static readonly CostEstimate Sums = new(217, 740, 3_570, 1_840);

    public static CostEstimate Of(JobLoad load)
    {
        if (load.Tasks == 0)
        {
            return new(Records.Ledgers, 0, 0, 0);
        }

        // Records make so many messages as they are long, but one per task and batch at least. So do sums, which are short.
        CostEstimate measured = load.PreAggregates ? Sums : Records;
        double factor = load.PreAggregates ? (double)load.Tasks / MeasuredTasks : Math.Max(1, Batches * load.Tasks / measured.Operations);
        return measured with
        {
            Operations = measured.Operations * factor,
            Queues = measured.Queues * factor,
            Tables = measured.Tables * factor,
        };
    }

    /// <summary>Dollars when the storage account keeps the task hub.</summary>
    public double InStorage() => LedgerCost() + Prices.Of(Prices.Queue, Queues) + Prices.Of(Prices.Table, Tables);

    /// <summary>Dollars when the scheduler keeps it, without its own price.</summary>
    public double LedgerCost() => Prices.Of(Prices.Table, Ledgers);

    public static IEnumerable<string> Lines(IReadOnlyList<JobLoad> loads)
    {
        yield return "";
        yield return "Per million records in full batches, without ticks and polling, by prices that others quote: " + Prices.Source + ":";
        foreach (JobLoad load in loads)
        {
            CostEstimate cost = Of(load);
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"  {load.Job}, AzureStorage: ledgers {cost.Ledgers:n0} transactions, entities {cost.Operations:n0} operations = "
                    + $"{cost.Queues:n0} requests to queues, {cost.Tables:n0} to tables: "
                    + $"${cost.InStorage():0.000000}"
            );
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"  {load.Job}, DurableTaskScheduler: ledgers {cost.Ledgers:n0} transactions: ${cost.LedgerCost():0.000000}; entities "
                    + $"{cost.Operations:n0} actions{BreakEven(cost)}"
            );
        }

        yield return "Every figure and what it leaves out: docs/infra.md, What it costs.";
    }

    // The scheduler's price is not among those that are known here: what can be said is where the two meet.
    private static string BreakEven(CostEstimate cost)
    {
        if (cost.Operations == 0)
        {
            return "";
        }

        double price = (cost.InStorage() - cost.LedgerCost()) / cost.Operations * 1_000_000;
        return string.Create(CultureInfo.InvariantCulture, $", which cost the same as AzureStorage at ${price:0.00} per million actions");
    }
}
