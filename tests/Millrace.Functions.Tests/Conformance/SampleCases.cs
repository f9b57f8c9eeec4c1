using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Millrace.Api;
using Millrace.Samples;
using Millrace.Samples.Logs;
using Millrace.Samples.Nexmark;
using Millrace.Samples.Recommendation;
using Millrace.Samples.Traffic;

namespace Millrace.Functions.Tests.Conformance;

/// <summary>Every job of the samples, found as the function app finds them.</summary>
internal static class SampleCases
{
    private const int Partitions = 4;
    private const int Events = 2_000;

    // Slow enough for windows and auctions to close within the events.
    private const int EventsPerSecond = 100;

    private static readonly NexmarkEvent[] Generated = [.. CreateEvents()];
    private static readonly string[] NexmarkEvents = [.. Generated.Select(ToJson)];
    private static readonly int Bidders = Generated.Where(each => each.IsBid).Select(each => each.Bid.Bidder).Distinct().Count();

    /// <summary>Nexmark queries whose result depends on the order of the events: one partition keeps it.</summary>
    private static readonly Dictionary<string, Comparison> Ordered = new(StringComparer.Ordinal)
    {
        ["nexmark-q4"] = Comparison.LastPer("category"),
        ["nexmark-q6"] = Comparison.InOrderPer("seller"),
        ["nexmark-q9"] = Comparison.Multiset,
        ["nexmark-q15"] = Comparison.InOrderPer("day"),
        ["nexmark-q16"] = Comparison.InOrderPer("channel", "day"),
        ["nexmark-q17"] = Comparison.InOrderPer("auction", "day"),
        ["nexmark-q18"] = Comparison.InOrderPer("bidder", "auction"),
        ["nexmark-q19"] = Comparison.InOrderPer("bid.auction"),
    };

    public static IEnumerable<ConformanceCase> All() =>
        typeof(UppercaseJob)
            .Assembly.GetExportedTypes()
            .Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(IStreamJob)))
            .Select(type => CaseOf(() => (IStreamJob)Activator.CreateInstance(type)!))
            .OrderBy(each => each.Name, StringComparer.Ordinal);

    private static ConformanceCase CaseOf(Func<IStreamJob> create) =>
        create() switch
        {
            NexmarkJob job => Nexmark(create, job.Name),
            UppercaseJob => new ConformanceCase(
                create,
                [
                    new InputTopic(
                        "my_topic",
                        Partitions,
                        [.. Enumerable.Range(0, Events).Select(i => string.Create(CultureInfo.InvariantCulture, $"line {i % 700}"))]
                    ),
                ],
                ["my_topic_upper"],
                Comparison.Multiset
            ),
            LogAnalysisJob => Logs(create),
            RecommendationJob => Recommendation(create),
            TrafficJob => new ConformanceCase(create, [], [], Comparison.Multiset),
            { Name: "auction-analysis" } => new ConformanceCase(
                create,
                [new InputTopic("nexmark-events", Partitions, NexmarkEvents)],
                ["auction-hot-items", "auction-highest-bids"],
                Comparison.Multiset
            ),
            var job => throw new InvalidOperationException(
                $"Sample job '{job.Name}' has no input here; add a case with its topics, so that it is compared on all hosts."
            ),
        };

    private static ConformanceCase Nexmark(Func<IStreamJob> create, string name)
    {
        bool isOrdered = Ordered.TryGetValue(name, out Comparison? comparison);
        InputTopic input = isOrdered
            ? new InputTopic("nexmark-ordered", 1, NexmarkEvents)
            : new InputTopic("nexmark-events", Partitions, NexmarkEvents);
        return new ConformanceCase(create, [input], [name], comparison ?? Comparison.Multiset)
        {
            Settings = new Dictionary<string, string> { ["input-topic"] = input.Name },
            Steps = name == "nexmark-q12" ? [new ConformanceStep(ResultsBefore: 0) { ClockStep = TimeSpan.FromSeconds(30) }] : [],
            ResultsAfterSteps = name == "nexmark-q12" ? Bidders : 0,
        };
    }

    private static ConformanceCase Logs(Func<IStreamJob> create)
    {
        const int Lines = 4_000;
        const int LinesPerSecond = 100;
        AccessLogTraffic traffic = new(seed: 3, baseTimeMs: 1_767_225_600_000, LinesPerSecond);
        return new ConformanceCase(
            create,
            [new InputTopic("access-log", Partitions, [.. Enumerable.Range(0, Lines).Select(i => traffic.LineAt(i))])],
            ["access-log-paths", "access-log-totals", "access-log-alerts", "access-log-dead-letters", "access-log-late"],
            Comparison.Multiset
        )
        {
            Settings = new Dictionary<string, string> { ["window-seconds"] = "5" },

            // The lines come in order.
            QuietOutputs = ["access-log-late"],
        };
    }

    // What is counted depends on the order across users, so every stage is one task.
    private static ConformanceCase Recommendation(Func<IStreamJob> create)
    {
        Random random = new(5);
        string[] interactions =
        [
            .. Enumerable
                .Range(0, Events)
                .Select(i =>
                    JsonSerializer.Serialize(
                        new Interaction(Name("user", random.Next(40)), Name("item", random.Next(60)), i),
                        SamplesJson.Default.Interaction
                    )
                ),
        ];
        return new ConformanceCase(
            create,
            [new InputTopic("interactions", 1, interactions)],
            ["recommendations"],
            Comparison.InOrderPer("user")
        )
        {
            Parallelism = (1, 1),
        };
    }

    private static string Name(string kind, int number) => string.Create(CultureInfo.InvariantCulture, $"{kind}-{number}");

    private static IEnumerable<NexmarkEvent> CreateEvents()
    {
        NexmarkGenerator generator = new(new NexmarkOptions { EventsPerSecond = EventsPerSecond });
        return Enumerable.Range(0, Events).Select(i => generator.EventAt(i));
    }

    private static string ToJson(NexmarkEvent value)
    {
        ArrayBufferWriter<byte> buffer = new();
        NexmarkJsonSchema.Instance.Serialize(value, buffer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
