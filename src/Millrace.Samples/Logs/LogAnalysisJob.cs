using Millrace.Api;
using Millrace.Kafka;
using Millrace.Time;
using Millrace.UserFunctions;
using Millrace.Windows;

namespace Millrace.Samples.Logs;

/// <summary>
/// Watches a web server's access log: requests, bytes, error rate and response sizes per path and window, totals and most asked paths per
/// window, alerts. Malformed lines go to the dead-letter topic with their reason; lines that come too late for their window go to a topic
/// of their own.
/// <para>Parameters: <c>input-topic</c> (access-log), <c>output-prefix</c> (access-log), <c>window-seconds</c> (60),
/// <c>out-of-orderness-seconds</c> (10), <c>idle-seconds</c> (30), <c>max-advance-seconds</c> and
/// <c>max-ahead-of-clock-seconds</c> (86400; 0 = any), <c>top</c> (10), <c>error-status</c> (400), <c>alert-rate</c> (0.1),
/// <c>alert-min-requests</c> (20), <c>guarantee</c>, <c>bounded</c>; <c>pre-aggregate</c> (false): lines are combined where they are read,
/// and late ones are dropped.</para>
/// </summary>
public sealed class LogAnalysisJob : IStreamJob
{
    private const double Day = 86_400;

    // So many lines of a later day say that it has come; one alone may be wrong.
    private const int DayConfirmedBy = 20;

    /// <inheritdoc/>
    public string Name => "log-analysis";

    /// <inheritdoc/>
    public void Build(StreamExecutionEnvironment env)
    {
        ArgumentNullException.ThrowIfNull(env);
        Parameters parameters = new(env.Configuration, Name);
        string prefix = parameters.Text("output-prefix", "access-log");
        KafkaSource<AccessLogEntry> source = KafkaStreams
            .Source<AccessLogEntry>(parameters, Name, parameters.Text("input-topic", "access-log"))
            .SetDeserializer(AccessLogSchema.Instance)
            .SetDeserializationErrorPolicy(
                DeserializationErrorPolicy.DeadLetter(KafkaStreams.Letters(parameters, prefix + "-dead-letters"))
            )
            .Build();
        WatermarkStrategy<AccessLogEntry> watermarks = WatermarkStrategy<AccessLogEntry>
            .ForBoundedOutOfOrderness(parameters.Seconds("out-of-orderness-seconds", 10))
            .WithTimestampAssigner(static entry => entry.Timestamp)
            .WithIdleness(parameters.Seconds("idle-seconds", 30));
        TimeSpan advance = parameters.Seconds("max-advance-seconds", Day);
        if (advance > TimeSpan.Zero)
        {
            watermarks = watermarks.WithMaxTimestampAdvance(advance, DayConfirmedBy);
        }

        TimeSpan aheadOfClock = parameters.Seconds("max-ahead-of-clock-seconds", Day);
        if (aheadOfClock > TimeSpan.Zero)
        {
            watermarks = watermarks.WithMaxTimestampAheadOfClock(aheadOfClock);
        }

        OutputTag<AccessLogEntry> late = new("late");
        TimeSpan size = parameters.Seconds("window-seconds", 60);

        int errorStatus = (int)parameters.Number("error-status", 400, 100, 999);
        bool preAggregates = parameters.Flag("pre-aggregate");
        SingleOutputStreamOperator<AccessLogEntry> entries = env.FromSource(source, watermarks).WithUid("source");
        SingleOutputStreamOperator<PathStatistics> paths = preAggregates
            ? Count(Windows(entries, size).PreAggregate(), errorStatus)
            : PerPath(entries, size, errorStatus, late);
        DataStream<LogReport> totals = Totals(paths, size, (int)parameters.Number("top", 10, 1, 1000));
        double limit = parameters.Fraction("alert-rate", 0.1);
        long minRequests = parameters.Number("alert-min-requests", 20, 0, long.MaxValue);
        if (!preAggregates)
        {
            paths.GetSideOutput(late).ToTopic(parameters, prefix + "-late", SamplesJson.Default.AccessLogEntry);
        }

        paths.Map(PathReport.Of).ToTopic(parameters, prefix + "-paths", SamplesJson.Default.PathReport);
        totals.ToTopic(parameters, prefix + "-totals", SamplesJson.Default.LogReport);
        totals
            .Filter(report => report.ErrorRate > limit && report.Requests >= minRequests)
            .Map(report => LogAlert.Of(report, limit))
            .ToTopic(parameters, prefix + "-alerts", SamplesJson.Default.LogAlert);
        parameters.ThrowIfWrong();
    }

    /// <summary>Counts the requests per path and window.</summary>
    /// <param name="entries">The log.</param>
    /// <param name="size">Size of the windows.</param>
    /// <param name="errorStatus">First HTTP status that is an error.</param>
    /// <param name="late">Where lines go that come too late.</param>
    public static SingleOutputStreamOperator<PathStatistics> PerPath(
        DataStream<AccessLogEntry> entries,
        TimeSpan size,
        int errorStatus,
        OutputTag<AccessLogEntry> late
    )
    {
        ArgumentNullException.ThrowIfNull(entries);
        return Count(Windows(entries, size).SideOutputLateData(late), errorStatus);
    }

    /// <summary>
    /// Merges the paths of each window: their sketches merge without loss, so no request is counted twice over the network.
    /// </summary>
    /// <param name="paths">Requests per path and window.</param>
    /// <param name="size">Size of the windows.</param>
    /// <param name="top">How many of the paths most asked for.</param>
    public static SingleOutputStreamOperator<LogReport> Totals(DataStream<PathStatistics> paths, TimeSpan size, int top)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return paths
            .KeyBy(static path => path.WindowStart)
            .Window(TumblingEventTimeWindows.Of(size))
            .Aggregate(new TotalsAggregate(top), static (_, window, totals) => Report(window, totals))
            .WithUid("totals")
            .WithName("Totals and top paths");
    }

    private static WindowedStream<string, AccessLogEntry, TimeWindow> Windows(DataStream<AccessLogEntry> entries, TimeSpan size) =>
        entries.KeyBy(static entry => entry.Path).Window(TumblingEventTimeWindows.Of(size));

    private static SingleOutputStreamOperator<PathStatistics> Count(
        WindowedStream<string, AccessLogEntry, TimeWindow> windows,
        int errorStatus
    ) =>
        windows
            .Aggregate(
                new RequestAggregate(errorStatus),
                static (path, window, requests) => new PathStatistics(path, window.Start, window.End, requests)
            )
            .WithUid("per-path")
            .WithName("Requests per path");

    private static LogReport Report(TimeWindow window, LogTotals totals) =>
        new(
            window.StartTime,
            window.EndTime,
            totals.All.Requests,
            totals.All.Bytes,
            totals.All.Errors,
            totals.All.ErrorRate,
            totals.All.Sizes.Quantile(0.50),
            totals.All.Sizes.Quantile(0.95),
            totals.All.Sizes.Quantile(0.99),
            totals.Paths,
            [.. totals.Top]
        );
}
