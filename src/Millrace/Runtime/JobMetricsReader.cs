using Millrace.Connectors;
using Millrace.Operators;
using Millrace.Operators.Connectors;
using Millrace.Time;

namespace Millrace.Runtime;

/// <summary>Puts a job's counters together from its tasks.</summary>
internal static class JobMetricsReader
{
    public static ConnectorTotals Totals(IReadOnlyList<StreamTask> tasks, ConnectorTotals earlier)
    {
        ConnectorTotals totals = earlier;
        totals = totals with { Errors = totals.Errors + tasks.Sum(task => task.Stage.Errors.Count) };
        foreach (IConnectorOperator connector in Connectors(tasks))
        {
            ConnectorMetrics metrics = connector.ConnectorMetrics;
            totals = connector.IsSource
                ? totals with
                {
                    RecordsIn = totals.RecordsIn + connector.Records,
                    BytesIn = totals.BytesIn + metrics.Bytes,
                    Errors = totals.Errors + metrics.Errors,
                }
                : totals with
                {
                    RecordsOut = totals.RecordsOut + connector.Records,
                    BytesOut = totals.BytesOut + metrics.Bytes,
                    Errors = totals.Errors + metrics.Errors,
                };
        }

        return totals with
        {
            RecordsAhead = totals.RecordsAhead + Operators(tasks).OfType<IWatermarkGuard>().Sum(guard => guard.RecordsAhead),
        };
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
            RecordsAhead = totals.RecordsAhead,
            PendingRecords = pending.Length > 0 && Array.TrueForAll(pending, p => p >= 0) ? pending.Sum() : null,
            Watermark = EventTime.ToDate(watermark),
            OpenWindows = tasks.Sum(task => task.Stage.Operators.Sum(instance => instance.Operator.OpenWindows)),
            Waiting =
            [
                .. Operators(tasks).Select(each => each.Waiting).OfType<ConnectorWait>().DistinctBy(wait => (wait.Subject, wait.Error)),
            ],
            Tasks =
            [
                .. tasks.Select(task => new TaskReport(
                    task.Id.StageUid,
                    task.Id.Index,
                    task.Metrics.Received,
                    task.Metrics.Sent,
                    task.Gate.Backlog,
                    TimeSpan.FromTicks(task.Metrics.IdleTicks)
                )),
            ],
        };
    }

    private static IEnumerable<IConnectorOperator> Connectors(IReadOnlyList<StreamTask> tasks) =>
        tasks
            .SelectMany(task => task.Stage.Operators.Where((_, i) => !task.Stage.Stage.Nodes[i].IsDeadLetterSink))
            .Select(instance => instance.Operator)
            .OfType<IConnectorOperator>();

    private static IEnumerable<StreamOperator> Operators(IReadOnlyList<StreamTask> tasks) =>
        tasks.SelectMany(task => task.Stage.Operators).Select(instance => instance.Operator);
}

/// <summary>Sums over the sources and sinks of a job.</summary>
internal readonly record struct ConnectorTotals(
    long RecordsIn,
    long BytesIn,
    long RecordsOut,
    long BytesOut,
    long Errors,
    long RecordsAhead
);
