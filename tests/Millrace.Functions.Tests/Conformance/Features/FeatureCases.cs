namespace Millrace.Functions.Tests.Conformance.Features;

/// <summary>The purpose-made jobs with their input.</summary>
internal static class FeatureCases
{
    private const int Partitions = 4;
    private const int Records = 1_200;
    private static readonly string[] Keys = ["amber", "blue", "coral", "denim", "ebony"];

    private static readonly InputTopic Readings = new("readings", Partitions, [.. Create(seed: 1)]);
    private static readonly InputTopic Others = new("others", Partitions, [.. Create(seed: 2)]);
    private static readonly InputTopic Ordered = new("ordered", 1, Readings.Records);
    private static readonly InputTopic Limits = new(
        "limits",
        1,
        [.. Keys.Select((key, i) => ReadingSchema.Text(new Reading(key, 0, 30 + (i * 10))))]
    );

    public static IEnumerable<ConformanceCase> All() =>
        [
            Case("async-ordered", FeatureJobs.AsyncOrdered, Comparison.InOrder, Ordered),
            Case("async-unordered", FeatureJobs.AsyncUnordered, Comparison.Multiset, Readings),
            Case("broadcast-state", FeatureJobs.Broadcast, Comparison.Multiset, Readings, Limits),
            Case("cep", FeatureJobs.Patterns, Comparison.Multiset, Readings),
            Case("co-process", FeatureJobs.ConnectedStreams, Comparison.Multiset, Readings, Others),
            Case("co-group", FeatureJobs.WindowJoins, Comparison.Multiset, Readings, Others),
            Case("count-windows", FeatureJobs.CountWindows, Comparison.InOrderPerKey, Ordered),
            Case("forward", FeatureJobs.Forward, Comparison.InOrder, Ordered),
            Case("interval-join", FeatureJobs.IntervalJoins, Comparison.Multiset, Readings, Others),
            LateData(),
            ProcessingTimers(),
            Case("session-windows", FeatureJobs.SessionWindows, Comparison.Multiset, Readings),
            SideOutputs(),
            Case("sliding-count-windows", FeatureJobs.SlidingCountWindows, Comparison.InOrderPerKey, Ordered),
            Case("temporal-join", FeatureJobs.TemporalJoins, Comparison.Multiset, Readings, Others),
            Ttl(),
            Case("union", FeatureJobs.Union, Comparison.LastPerKey, Readings, Others),
            WatermarksBehindTheSource(),
            Case("window-all", FeatureJobs.AllWindows, Comparison.Multiset, Readings),
        ];

    private static ConformanceCase Case(string name, Action<FeatureJob> define, Comparison comparison, params InputTopic[] inputs) =>
        new(() => new FeatureJob(name, define), inputs, [FeatureJob.OutputOf(name)], comparison);

    private static ConformanceCase SideOutputs()
    {
        ConformanceCase conformance = Case("side-outputs", FeatureJobs.SideOutputs, Comparison.Multiset, Readings);
        return conformance with { Outputs = [.. conformance.Outputs, FeatureJob.OutputOf("side-outputs") + "-odd"] };
    }

    // Nine windows of two keys have closed before the late readings: one comes within the allowed lateness, one behind it. Then time goes
    // on.
    private static ConformanceCase LateData()
    {
        const int Closed = 18;
        string[] inTime = [.. Enumerable.Range(0, 200).Select(i => ReadingSchema.Text(new Reading(Keys[i / 2 % 2], i * 50, i)))];
        string[] late = [ReadingSchema.Text(new Reading(Keys[0], 8_500, 7)), ReadingSchema.Text(new Reading(Keys[0], 3_000, 5))];
        string[] later = [.. Enumerable.Range(0, 2).Select(i => ReadingSchema.Text(new Reading(Keys[i], 20_000, 1)))];
        ConformanceCase conformance = Case("late-data", FeatureJobs.LateData, Comparison.Multiset, new InputTopic("late", 2, inTime));
        return conformance with
        {
            Outputs = [.. conformance.Outputs, FeatureJob.OutputOf("late-data") + "-late"],
            Steps =
            [
                new ConformanceStep(Closed) { Records = [new InputTopic("late", 2, late)] },
                new ConformanceStep(Closed + 2) { Records = [new InputTopic("late", 2, later)] },
            ],
            ResultsAfterSteps = Closed + 4,
        };
    }

    // Twelve seconds of readings close eleven windows of each key, if watermarks come at all: time is not ended here. A partition per task:
    // what is late behind a task that reads several depends on how it mixes them.
    private static ConformanceCase WatermarksBehindTheSource() =>
        Case(
            "watermarks-behind-source",
            FeatureJobs.WatermarksBehindTheSource,
            Comparison.Multiset,
            new InputTopic("paired", 2, Readings.Records)
        ) with
        {
            Steps = [new ConformanceStep(0)],
            ResultsAfterSteps = 11 * Keys.Length,
        };

    // The second half comes when the first is forgotten.
    private static ConformanceCase Ttl()
    {
        string[] records = [.. Enumerable.Range(0, 80).Select(i => ReadingSchema.Text(new Reading(Keys[i % 4], i, i)))];
        return Case("state-ttl", FeatureJobs.Ttl, Comparison.InOrderPerKey, new InputTopic("expiring", 1, records[..40])) with
        {
            Steps =
            [
                new ConformanceStep(40) { ClockStep = TimeSpan.FromSeconds(30), Records = [new InputTopic("expiring", 1, records[40..])] },
            ],
            ResultsAfterSteps = 80,
        };
    }

    private static ConformanceCase ProcessingTimers()
    {
        string[] records = [.. Enumerable.Range(0, 100).Select(i => ReadingSchema.Text(new Reading(Keys[i % 5], i, i)))];
        return Case("processing-timers", FeatureJobs.ProcessingTimers, Comparison.Multiset, new InputTopic("quiet", 2, records)) with
        {
            Steps = [new ConformanceStep(0) { ClockStep = TimeSpan.FromSeconds(30) }],
            ResultsAfterSteps = Keys.Length,
        };
    }

    // In order of time within each partition, and no two with the same time.
    private static IEnumerable<string> Create(int seed)
    {
        Random random = new(seed);
        return Enumerable
            .Range(0, Records)
            .Select(i => ReadingSchema.Text(new Reading(Keys[random.Next(Keys.Length)], (i * 10) + random.Next(10), random.Next(100))));
    }
}
