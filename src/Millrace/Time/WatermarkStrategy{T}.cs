namespace Millrace.Time;

/// <summary>
/// How a source tells event time: where a record's timestamp comes from and how watermarks follow from timestamps (Flink's <c>WatermarkStrategy</c>). Immutable: every
/// <c>With...</c> returns a changed copy.
/// <code>WatermarkStrategy&lt;Bid&gt;.ForBoundedOutOfOrderness(TimeSpan.FromSeconds(4)).WithTimestampAssigner(b => b.TimestampMs).WithIdleness(TimeSpan.FromMinutes(1))</code>
/// A generator belongs to one split (one Kafka partition), never to a whole topic.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class WatermarkStrategy<T>
{
    private readonly Func<IWatermarkGenerator<T>> _generator;

    private WatermarkStrategy(Func<IWatermarkGenerator<T>> generator, string description)
    {
        _generator = generator;
        Description = description;
    }

    private WatermarkStrategy(WatermarkStrategy<T> other)
    {
        _generator = other._generator;
        Description = other.Description;
        TimestampAssigner = other.TimestampAssigner;
        IdleTimeout = other.IdleTimeout;
        Alignment = other.Alignment;
    }

    /// <summary>What kind of watermarks, for the description of a job.</summary>
    public string Description { get; }

    /// <summary>From a record and the timestamp that the source gave it to its event timestamp in milliseconds since the Unix epoch; <see langword="null"/> = keep the
    /// source's.</summary>
    public Func<T, long, long>? TimestampAssigner { get; private init; }

    /// <summary>After how long without records a split no longer holds the watermark back; <see langword="null"/> = never.</summary>
    public TimeSpan? IdleTimeout { get; private init; }

    /// <summary>How sources wait for each other; <see langword="null"/> = they do not.</summary>
    public WatermarkAlignment? Alignment { get; private init; }

    /// <summary>Timestamps of a split never fall: watermark = highest timestamp - 1.</summary>
    public static WatermarkStrategy<T> ForMonotonousTimestamps() => new(static () => new BoundedOutOfOrdernessWatermarks<T>(0), "monotonous timestamps");

    /// <summary>A record is at most <paramref name="maxOutOfOrderness"/> older than the newest one before it in its split: watermark = highest timestamp - B - 1 ms.</summary>
    /// <param name="maxOutOfOrderness">B, not negative; counted in whole milliseconds.</param>
    public static WatermarkStrategy<T> ForBoundedOutOfOrderness(TimeSpan maxOutOfOrderness)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxOutOfOrderness, TimeSpan.Zero);
        long bound = (long)maxOutOfOrderness.TotalMilliseconds;
        return new WatermarkStrategy<T>(() => new BoundedOutOfOrdernessWatermarks<T>(bound), $"bounded out-of-orderness {maxOutOfOrderness}");
    }

    /// <summary>No watermarks: event-time windows fire only at the end of the input.</summary>
    public static WatermarkStrategy<T> NoWatermarks() => new(static () => NoWatermarks<T>.Instance, "no watermarks");

    /// <summary>Own watermarks.</summary>
    /// <param name="generator">Creates a generator; called once per split.</param>
    public static WatermarkStrategy<T> ForGenerator(Func<IWatermarkGenerator<T>> generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        return new WatermarkStrategy<T>(generator, "custom generator");
    }

    /// <summary>Punctuated watermarks: some records say how far event time has come.</summary>
    /// <param name="watermarkOf">From a record and its event timestamp to the watermark that it carries, or <see langword="null"/>.</param>
    public static WatermarkStrategy<T> ForPunctuation(Func<T, long, long?> watermarkOf)
    {
        ArgumentNullException.ThrowIfNull(watermarkOf);
        return new WatermarkStrategy<T>(() => new PunctuatedWatermarks<T>(watermarkOf), "punctuated");
    }

    /// <summary>Takes the event timestamp from the record.</summary>
    /// <param name="assigner">From a record to milliseconds since the Unix epoch.</param>
    public WatermarkStrategy<T> WithTimestampAssigner(Func<T, long> assigner)
    {
        ArgumentNullException.ThrowIfNull(assigner);
        return WithTimestampAssigner((value, _) => assigner(value));
    }

    /// <summary>Takes the event timestamp from the record and the timestamp that the source gave it.</summary>
    /// <param name="assigner">From a record and the source's timestamp (<see cref="Batches.RecordBatch.NoTimestamp"/> if none) to milliseconds since the Unix epoch.</param>
    public WatermarkStrategy<T> WithTimestampAssigner(Func<T, long, long> assigner)
    {
        ArgumentNullException.ThrowIfNull(assigner);
        return new WatermarkStrategy<T>(this) { TimestampAssigner = assigner };
    }

    /// <summary>Marks a split without records as idle, so that it does not hold the watermark back.</summary>
    /// <param name="idleTimeout">After how long, in processing time; positive.</param>
    public WatermarkStrategy<T> WithIdleness(TimeSpan idleTimeout)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(idleTimeout, TimeSpan.Zero);
        return new WatermarkStrategy<T>(this) { IdleTimeout = idleTimeout };
    }

    /// <summary>Pauses splits that run ahead of others of the group.</summary>
    /// <param name="group">Name of the group of sources.</param>
    /// <param name="maxDrift">How far a split may be ahead of the group's lowest watermark; not negative.</param>
    /// <param name="updateInterval">How often drift is looked at; default 1 s.</param>
    public WatermarkStrategy<T> WithWatermarkAlignment(string group, TimeSpan maxDrift, TimeSpan? updateInterval = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(group);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDrift, TimeSpan.Zero);
        return new WatermarkStrategy<T>(this) { Alignment = new WatermarkAlignment(group, maxDrift, updateInterval ?? TimeSpan.FromSeconds(1)) };
    }

    internal IWatermarkGenerator<T> CreateGenerator() => _generator();
}
