namespace Millrace.Time;

/// <summary>
/// How a source tells event time: where a record's timestamp comes from and how watermarks follow from timestamps (Flink's
/// <c>WatermarkStrategy</c>). Immutable: every
/// <c>With...</c> returns a changed copy.
/// <code>WatermarkStrategy&lt;Bid&gt;.ForBoundedOutOfOrderness(TimeSpan.FromSeconds(4)).WithTimestampAssigner(b =>
/// b.TimestampMs).WithIdleness(TimeSpan.FromMinutes(1))</code> A generator belongs to one split (one Kafka partition), never to a whole
/// topic.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public sealed class WatermarkStrategy<T>
{
    private readonly Func<IWatermarkGenerator<T>> _generator;

    private WatermarkStrategy(Func<IWatermarkGenerator<T>> generator, string description, long lag = 0)
    {
        _generator = generator;
        Description = description;
        Lag = lag;
    }

    private WatermarkStrategy(WatermarkStrategy<T> other)
    {
        _generator = other._generator;
        Description = other.Description;
        TimestampAssigner = other.TimestampAssigner;
        IdleTimeout = other.IdleTimeout;
        IdleClock = other.IdleClock;
        Alignment = other.Alignment;
        Guard = other.Guard;
        Lag = other.Lag;
    }

    /// <summary>What kind of watermarks, for the description of a job.</summary>
    public string Description { get; }

    /// <summary>
    /// From a record and the timestamp that the source gave it to its event timestamp in milliseconds since the Unix epoch;
    /// <see langword="null"/> = keep the source's.
    /// </summary>
    public Func<T, long, long>? TimestampAssigner { get; private init; }

    /// <summary>After how long without records a split no longer holds the watermark back; <see langword="null"/> = never.</summary>
    public TimeSpan? IdleTimeout { get; private init; }

    /// <summary>How event time goes on while all splits are quiet; <see langword="null"/> = not at all.</summary>
    public IdleClock? IdleClock { get; private init; }

    /// <summary>How sources wait for each other; <see langword="null"/> = they do not.</summary>
    public WatermarkAlignment? Alignment { get; private init; }

    /// <summary>How far a record may be ahead of its split and still move the watermark; <see langword="null"/> = any distance.</summary>
    public TimeSpan? MaxTimestampAdvance =>
        Guard is { MaxAdvance: < long.MaxValue } guard ? TimeSpan.FromMilliseconds(guard.MaxAdvance) : null;

    /// <summary>How far a record may be ahead of the clock and still move the watermark; <see langword="null"/> = any distance.</summary>
    public TimeSpan? MaxTimestampAheadOfClock =>
        Guard is { MaxAheadOfClock: < long.MaxValue } guard ? TimeSpan.FromMilliseconds(guard.MaxAheadOfClock) : null;

    /// <summary>Which timestamps may move the watermark; <see langword="null"/> = all.</summary>
    internal TimestampGuard? Guard { get; private init; }

    /// <summary>How far the watermark is behind the newest timestamp, where that is known; otherwise 0.</summary>
    internal long Lag { get; }

    /// <summary>Timestamps of a split never fall: watermark = highest timestamp - 1.</summary>
    public static WatermarkStrategy<T> ForMonotonousTimestamps() =>
        new(static () => new BoundedOutOfOrdernessWatermarks<T>(0), "monotonous timestamps", lag: 1);

    /// <summary>
    /// A record is at most <paramref name="maxOutOfOrderness"/> older than the newest one before it in its split: watermark = highest
    /// timestamp - B - 1 ms.
    /// </summary>
    /// <param name="maxOutOfOrderness">B, not negative; counted in whole milliseconds.</param>
    public static WatermarkStrategy<T> ForBoundedOutOfOrderness(TimeSpan maxOutOfOrderness)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxOutOfOrderness, TimeSpan.Zero);
        long bound = (long)maxOutOfOrderness.TotalMilliseconds;
        return new WatermarkStrategy<T>(
            () => new BoundedOutOfOrdernessWatermarks<T>(bound),
            $"bounded out-of-orderness {maxOutOfOrderness}",
            bound + 1
        );
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
    /// <param name="assigner">From a record and the source's timestamp (<see cref="Batches.RecordBatch.NoTimestamp"/> if none) to
    /// milliseconds since the Unix epoch.</param>
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

    /// <summary>
    /// Lets event time follow the clock while nothing comes at all, so that the last windows close (Flink leaves them open until new
    /// data comes): when all splits of the source have been without records for <paramref name="idle"/>, the watermark is the clock's
    /// time minus <paramref name="bound"/>, until a record comes. Off by default.
    /// <para>The risk: records that come later and are older than the clock's time minus <paramref name="bound"/> are late, and windows
    /// drop them or send them to their side output. So choose <paramref name="bound"/> longer than records take from their timestamp to
    /// the source, and do not use this where a source replays old data or where timestamps are not of the clock's time.</para>
    /// <para>In a function app all partitions of the source are meant, and one that has anything left to read is not quiet. On the
    /// embedded host each task looks at its own splits, and cannot tell a source without records from one that cannot be reached: choose
    /// <paramref name="idle"/> longer than an outage or a restart that you want to outlast. There a task that is idle too
    /// (<see cref="WithIdleness"/>) holds nobody back meanwhile; one that is not holds the others back to its own time.</para>
    /// <para>A clock that is set back takes no watermark back. What is late depends on when it is read: a replay may decide
    /// otherwise.</para>
    /// </summary>
    /// <param name="idle">After how long without records, in processing time; positive.</param>
    /// <param name="bound">How far event time stays behind the clock, not negative; counted in whole milliseconds.</param>
    public WatermarkStrategy<T> WithClockWhenIdle(TimeSpan idle, TimeSpan bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(idle, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, TimeSpan.Zero);
        return new WatermarkStrategy<T>(this) { IdleClock = new IdleClock(idle, bound) };
    }

    /// <summary>Pauses splits that run ahead of others of the group.</summary>
    /// <param name="group">Name of the group of sources.</param>
    /// <param name="maxDrift">How far a split may be ahead of the group's lowest watermark; not negative.</param>
    /// <param name="updateInterval">How often drift is looked at; default 1 s.</param>
    public WatermarkStrategy<T> WithWatermarkAlignment(string group, TimeSpan maxDrift, TimeSpan? updateInterval = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(group);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDrift, TimeSpan.Zero);
        return new WatermarkStrategy<T>(this)
        {
            Alignment = new WatermarkAlignment(group, maxDrift, updateInterval ?? TimeSpan.FromSeconds(1)),
        };
    }

    /// <summary>
    /// Keeps one wrong timestamp from ending event time for all the others (Flink has no such guard): a record that is further than
    /// <paramref name="maxAdvance"/> ahead of the newest record of its split does not move the watermark. It is counted
    /// (<c>RecordsAhead</c>), the first of a split is logged, and it stays in the stream unless it is sent to a side output.
    /// <para>With watermarks of an own generator or of punctuation the split's watermark stands for its newest record. A split that has no
    /// watermark yet believes its first record.</para>
    /// <para>A split that really jumps, after a quiet time or a gap in its data, is believed once <paramref name="confirmedBy"/> votes say
    /// so: each record ahead that agrees with those before it (none is further than <paramref name="maxAdvance"/> from the next) is a vote
    /// for the new time, each other record takes one away. From then on the watermark follows; until then it stands. Votes are kept in
    /// checkpoints and ledgers.</para>
    /// <para>What is believed follows from the records of the split and their order alone, so a replay decides as the first run did.</para>
    /// </summary>
    /// <param name="maxAdvance">Positive; choose it longer than any gap that is usual in a partition.</param>
    /// <param name="confirmedBy">At least 2; default 100. A partition with few records, which may be quiet for longer than
    /// <paramref name="maxAdvance"/>, wants less.</param>
    public WatermarkStrategy<T> WithMaxTimestampAdvance(TimeSpan maxAdvance, int confirmedBy = 100)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAdvance, TimeSpan.FromMilliseconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(confirmedBy, 2);
        TimestampGuard guard = Guard ?? TimestampGuard.None;
        return new WatermarkStrategy<T>(this)
        {
            Guard = guard with { MaxAdvance = (long)maxAdvance.TotalMilliseconds, ConfirmedBy = confirmedBy },
        };
    }

    /// <summary>
    /// Keeps timestamps of the future from moving the watermark (Flink has no such guard): a record that is further than
    /// <paramref name="maxAhead"/> ahead of the job's clock is treated as in
    /// <see cref="WithMaxTimestampAdvance"/>, and never votes for a jump.
    /// <para>What is believed depends on when a record is read: a replay, later, may believe what the first run did not, and then other
    /// records are late. Take
    /// <see cref="WithMaxTimestampAdvance"/> too, or alone, where a replay must decide as before.</para>
    /// </summary>
    /// <param name="maxAhead">How far clocks may be apart; not negative.</param>
    public WatermarkStrategy<T> WithMaxTimestampAheadOfClock(TimeSpan maxAhead)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAhead, TimeSpan.Zero);
        return new WatermarkStrategy<T>(this)
        {
            Guard = (Guard ?? TimestampGuard.None) with { MaxAheadOfClock = (long)maxAhead.TotalMilliseconds },
        };
    }

    /// <summary>Sends what the guard does not believe to a side output.</summary>
    internal WatermarkStrategy<T> WithGuardOutput(string id) =>
        Guard is { } guard
            ? new WatermarkStrategy<T>(this) { Guard = guard with { SideOutput = id } }
            : throw new InvalidOperationException(
                $"Side output '{id}' is for records that are too far ahead, but the strategy ({Description}) has no limit; call "
                    + "WithMaxTimestampAdvance or WithMaxTimestampAheadOfClock first."
            );

    internal IWatermarkGenerator<T> CreateGenerator() => _generator();
}

/// <summary>
/// Sources of a group wait for each other: a split whose watermark is more than <paramref name="MaxDrift"/> ahead of the group's lowest is
/// paused (FLIP-182, FLIP-217).
/// </summary>
/// <param name="Group">Name of the group; sources of a job with the same name are aligned.</param>
/// <param name="MaxDrift">How far a split may be ahead.</param>
/// <param name="UpdateInterval">How often the group's lowest watermark is taken.</param>
public sealed record WatermarkAlignment(string Group, TimeSpan MaxDrift, TimeSpan UpdateInterval);

/// <summary>
/// Event time of a source without records: when nothing has come for <paramref name="Idle"/>, it follows the clock.
/// </summary>
/// <param name="Idle">After how long without records.</param>
/// <param name="Bound">How far it stays behind the clock.</param>
public sealed record IdleClock(TimeSpan Idle, TimeSpan Bound)
{
    /// <summary>The watermark at a time of the clock: what is older than the time minus the bound is late.</summary>
    internal long WatermarkAt(long now) => EventTime.Subtract(now, (long)Bound.TotalMilliseconds + 1);
}
