using Millrace.Connectors;
using Millrace.Operators;

namespace Millrace.Runtime;

/// <summary>Puts a job's counters together from its tasks.</summary>
internal static class JobMetricsReader
{
    public static ConnectorTotals Totals(IReadOnlyList<StreamTask> tasks, ConnectorTotals earlier)
    {
        ConnectorTotals totals = earlier;
        foreach (IConnectorOperator connector in Connectors(tasks))
        {
            ConnectorMetrics metrics = connector.ConnectorMetrics;
            totals = connector.IsSource
                ? totals with { RecordsIn = totals.RecordsIn + connector.Records, BytesIn = totals.BytesIn + metrics.Bytes, Errors = totals.Errors + metrics.Errors }
                : totals with { RecordsOut = totals.RecordsOut + connector.Records, BytesOut = totals.BytesOut + metrics.Bytes, Errors = totals.Errors + metrics.Errors };
        }

        return totals;
    }

    public static JobMetrics Read(JobMetrics checkpoints, IReadOnlyList<StreamTask> tasks, ConnectorTotals earlier)
    {
        ConnectorTotals totals = Totals(tasks, earlier);
        long watermark = tasks.Count == 0 ? long.MinValue : tasks.Min(task => task.Metrics.Watermark);
        long[] pending = [.. Connectors(tasks).Where(c => c.IsSource).Select(c => c.ConnectorMetrics.PendingRecords)];
        return checkpoints with
        {
            RecordsIn = totals.RecordsIn,
            BytesIn = totals.BytesIn,
            RecordsOut = totals.RecordsOut,
            BytesOut = totals.BytesOut,
            Errors = totals.Errors,
            PendingRecords = pending.Length > 0 && Array.TrueForAll(pending, p => p >= 0) ? pending.Sum() : null,
            Watermark = ToTime(watermark),
            OpenWindows = tasks.Sum(task => task.Stage.Operators.Sum(instance => instance.Operator.OpenWindows)),
            Tasks =
            [
                .. tasks.Select(task => new TaskReport(
                    task.Id.StageUid, task.Id.Index, task.Metrics.Received, task.Metrics.Sent, task.Gate.Backlog, TimeSpan.FromTicks(task.Metrics.IdleTicks))),
            ],
        };
    }

    private static IEnumerable<IConnectorOperator> Connectors(IReadOnlyList<StreamTask> tasks) =>
        tasks.SelectMany(task => task.Stage.Operators).Select(instance => instance.Operator).OfType<IConnectorOperator>();

    private static DateTimeOffset? ToTime(long milliseconds) =>
        milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;
}
