namespace Millrace.Embedded.Commands;

/// <summary>
/// What Flink does, as published by the benchmark's authors in its two guides: events per second and core, with state in RocksDB or ForSt,
/// exactly-once checkpoints and mini-batches. There is no figure for query 6, which Flink's SQL cannot express, nor for query 23 and those
/// with patterns.
/// </summary>
/// <param name="Name">What was measured.</param>
/// <param name="EventsPerSecond">Events per second of event time, which decides how many share a window or an open auction.</param>
/// <param name="CheckpointInterval">From one checkpoint to the next.</param>
internal sealed record NexmarkReference(string Name, long EventsPerSecond, TimeSpan CheckpointInterval)
{
    private readonly Dictionary<string, double> _perCore = new(StringComparer.Ordinal);

    /// <summary>GUIDE_V1.md: 100 million events, parallelism 8.</summary>
    public static NexmarkReference First { get; } =
        new("Flink 1.x", 10_000_000, TimeSpan.FromMinutes(3))
        {
            _perCore =
            {
                ["q0"] = 155_000,
                ["q1"] = 158_000,
                ["q2"] = 175_000,
                ["q3"] = 152_000,
                ["q4"] = 34_000,
                ["q5"] = 22_000,
                ["q7"] = 12_000,
                ["q8"] = 146_000,
                ["q9"] = 14_000,
                ["q10"] = 58_000,
                ["q11"] = 40_000,
                ["q12"] = 76_000,
                ["q13"] = 131_000,
                ["q14"] = 161_000,
                ["q15"] = 72_000,
                ["q16"] = 19_000,
                ["q17"] = 117_000,
                ["q18"] = 54_000,
                ["q19"] = 44_000,
                ["q20"] = 19_000,
                ["q21"] = 98_000,
                ["q22"] = 130_000,
            },
        };

    /// <summary>GUIDE_V2.md: 200 million events of which the last 50 count, parallelism 8. Its throughput divided by its cores.</summary>
    public static NexmarkReference Second { get; } =
        new("Flink 2.x", 100_000, TimeSpan.FromSeconds(30))
        {
            _perCore =
            {
                ["q0"] = 379_000,
                ["q1"] = 395_000,
                ["q2"] = 414_000,
                ["q3"] = 219_000,
                ["q4"] = 28_000,
                ["q5"] = 75_000,
                ["q7"] = 23_000,
                ["q8"] = 162_000,
                ["q9"] = 14_000,
                ["q10"] = 133_000,
                ["q11"] = 46_000,
                ["q12"] = 194_000,
                ["q13"] = 188_000,
                ["q14"] = 259_000,
                ["q15"] = 168_000,
                ["q16"] = 45_000,
                ["q17"] = 161_000,
                ["q18"] = 65_000,
                ["q19"] = 43_000,
                ["q20"] = 18_000,
                ["q21"] = 147_000,
                ["q22"] = 212_000,
            },
        };

    public static IReadOnlyList<NexmarkReference> All { get; } = [First, Second];

    /// <summary>Events per second and core; <see langword="null"/> = there is no figure.</summary>
    public double? Of(string query) => _perCore.TryGetValue(query, out double rate) ? rate : null;

    /// <summary>Whether a run has this one's workload, so that the rates may be compared.</summary>
    public bool IsLike(NexmarkSettings settings) =>
        settings.EventsPerSecond == EventsPerSecond && settings.CheckpointInterval == CheckpointInterval;
}
